package buildkit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is the module that the daemon is built from.
const Module = "github.com/moby/buildkit"

// Version is the version of BuildKit that this module's go.mod pins, for the daemon and for
// what the programs are linked with.
func Version(ctx context.Context) (string, error) {
	dir, err := moduleDir(ctx)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", Module)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// GoBuild builds a main package as this module's go.mod pins it into the user's
// cache directory, statically linked, and returns the program's path. It costs nothing if the
// program is there and up to date.
func GoBuild(ctx context.Context, pkg string) (string, error) {
	dir, err := moduleDir(ctx)
	if err != nil {
		return "", err
	}
	version, err := Version(ctx)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	file := filepath.Join(cache, "whybust-conformance", version, filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return file, nil
}

// moduleDir is the directory of the conformance module, which the working
// directory must be in.
func moduleDir(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	file := string(bytes.TrimSpace(out))
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), "module github.com/whybust/whybust/conformance\n") {
		return "", fmt.Errorf("run this from the conformance module, not from that of %q", file)
	}
	return filepath.Dir(file), nil
}
