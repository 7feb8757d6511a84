package gitrepo

import "encoding/hex"

// OID is an object id: its 20 (SHA-1) or 32 (SHA-256) raw bytes. The zero OID names no object.
type OID string

// Hex returns the id as git prints it.
func (id OID) Hex() string { return hex.EncodeToString([]byte(id)) }

// ParseOID parses a full id in hex. ok is false if s is none.
func ParseOID(s string) (id OID, ok bool) {
	if len(s) != 2*sha1Len && len(s) != 2*sha256Len {
		return "", false
	}
	raw, err := hex.DecodeString(s)
	return OID(raw), err == nil
}

const (
	sha1Len   = 20
	sha256Len = 32
)
