package cli

import (
	"io"
	"os"
	"path/filepath"

	"github.com/whybust/whybust/predict/timings"
)

// ReadTimings reads the logs of real builds, relative to dir, "-" from standard input; nil without any.
func ReadTimings(dir string, files []string, stdin io.Reader) (*timings.Durations, error) {
	var all []*timings.Durations
	for _, file := range files {
		d, err := readLog(dir, file, stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return timings.Merge(all...), nil
}

func readLog(dir, file string, stdin io.Reader) (*timings.Durations, error) {
	if file == "-" {
		return timings.Read("standard input", stdin)
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &os.PathError{Op: "read", Path: file, Err: os.ErrInvalid}
	}
	return timings.Read(file, f)
}
