package ocilayout

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// MaxBlob bounds what is read of a file, in bytes.
const MaxBlob = 8 << 20

// read reads a regular file of at most MaxBlob bytes.
func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name) // a named pipe would have to be waited for
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBlob+1))
	if err == nil && len(data) > MaxBlob {
		err = fmt.Errorf("%s is larger than %d bytes", name, MaxBlob)
	}
	return data, err
}

// parseDigest takes a digest apart and gives the function that computes such a one. Its two parts are safe as
// names of files.
func parseDigest(digest string) (algorithm, encoded string, sum func([]byte) string, err error) {
	algorithm, encoded, _ = strings.Cut(digest, ":")
	switch algorithm {
	case "sha256":
		sum = func(data []byte) string { s := sha256.Sum256(data); return hex.EncodeToString(s[:]) }
	case "sha384":
		sum = func(data []byte) string { s := sha512.Sum384(data); return hex.EncodeToString(s[:]) }
	case "sha512":
		sum = func(data []byte) string { s := sha512.Sum512(data); return hex.EncodeToString(s[:]) }
	}
	if sum == nil || len(encoded) != len(sum(nil)) || strings.Trim(encoded, "0123456789abcdef") != "" {
		return "", "", nil, fmt.Errorf("%q is no digest", digest)
	}
	return algorithm, encoded, sum, nil
}
