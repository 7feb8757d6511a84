package gitrepo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// MinVersion is the oldest git that has every question asked of it: rev-parse --path-format came with it.
const MinVersion = "2.31"

// checkVersion returns an error if git is older than MinVersion. It costs a
// process, so that only a git that shows its age in another way is asked.
func checkVersion(ctx context.Context, dir string) error {
	out, err := run(ctx, dir, "version")
	if err != nil {
		return err
	}
	version, known := strings.CutPrefix(strings.TrimSpace(out), "git version ")
	if !known {
		return fmt.Errorf("git version answered %.100q", out)
	}
	version, _, _ = strings.Cut(version, " ")
	if !atLeast(version, MinVersion) {
		return tooOld(version)
	}
	return nil
}

func tooOld(version string) error {
	return fmt.Errorf("git %s is too old: %s or newer is needed", version, MinVersion)
}

// atLeast compares the first two numbers of versions like 2.39.5, 2.46.0.rc1 and
// 2.39.1.windows.1. What is no version is not as new as any.
func atLeast(version, least string) bool {
	major, minor, ok := cutVersion(version)
	wantMajor, wantMinor, _ := cutVersion(least)
	return ok && (major > wantMajor || major == wantMajor && minor >= wantMinor)
}

func cutVersion(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return major, minor, err == nil && err2 == nil
}
