package gitrepo_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

func FuzzTreeObject(f *testing.F) {
	id := strings.Repeat("\x01", 20)
	f.Add([]byte("100644 a\x00"+id+"40000 b\x00"+id), 20)
	f.Add([]byte("120000 \xff\n\x00"+id+id[:12]), 32)
	f.Add([]byte("100644 a/b\x00"+id), 20)
	f.Add([]byte("100644 \x00"+id), 20)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		oidLen := 20
		if n%2 == 0 {
			oidLen = 32
		}
		entries, err := gitrepo.ParseTree(data, oidLen)
		if err != nil {
			return
		}
		// What was parsed must account for every byte but leading zeros of modes.
		size := 0
		for _, e := range entries {
			size += len(fmt.Sprintf("%o %s\x00", e.Mode, e.Name)) + len(e.OID)
			if e.Name == "" || strings.ContainsAny(e.Name, "/\x00") || len(e.OID) != oidLen {
				t.Fatalf("entry %+v", e)
			}
		}
		if extra := len(data) - size; extra < 0 || extra > 7*len(entries) {
			t.Fatalf("%d entries of %d bytes in %d", len(entries), size, len(data))
		}
	})
}

func FuzzIndex(f *testing.F) {
	dir := f.TempDir()
	for _, version := range []string{"2", "3", "4"} {
		data, err := sampleIndex(dir+"/repo"+version, version)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, sha1 bool) {
		oidLen := 20
		if !sha1 {
			oidLen = 32
		}
		x, err := gitrepo.ParseIndex(string(data), oidLen)
		if err != nil {
			return
		}
		info, err := os.Lstat(".")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"", "a", "sub", "zzz"} {
			d := x.Dir(path)
			for _, name := range []string{"", "a", "b", "file", "zzz"} {
				if _, ok := d.Clean(name, info); ok {
					t.Fatal("a directory is a clean file")
				}
			}
		}
		for _, id := range x.TreeIDs() {
			if entries, ok := x.Tree(id); ok && len(entries) > len(data) {
				t.Fatal("more entries than bytes")
			}
		}
	})
}

func FuzzBatchHeader(f *testing.F) {
	hex := strings.Repeat("0123456789", 4)
	for _, line := range []string{hex + " blob 12", "HEAD missing", hex + " missing", "a b c ambiguous", hex + " tree -1", "", " ", hex + " 5", hex + " submodule"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		id, typ, size, problem, err := gitrepo.ParseHeader(line)
		switch {
		case err != nil:
		case problem != "":
			if !strings.HasSuffix(line, " "+problem) {
				t.Fatalf("%q: problem %q", line, problem)
			}
		case size < 0 || typ == "" || (len(id) != 20 && len(id) != 32):
			t.Fatalf("%q is an object: %q %q %d", line, id, typ, size)
		}
	})
}

// sampleHistory makes a repository of two commits and returns them, HEAD first.
func sampleHistory(dir string) (commits []string, err error) {
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"commit", "-q", "--allow-empty", "-m", "one"},
		{"add", "-A"}, {"commit", "-qm", "two"}, {"log", "--format=%H"},
	} {
		if err := os.MkdirAll(dir+"/sub", 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(dir+"/sub/file", nil, 0o666); err != nil {
			return nil, err
		}
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
		commits = strings.Fields(string(out))
	}
	return commits, nil
}

// sampleIndex has git write an index of the given version.
func sampleIndex(dir, version string) ([]byte, error) {
	script := [][]string{
		{"init", "-q", dir},
		{"-C", dir, "add", "-A"},
		{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"},
		{"-C", dir, "update-index", "--index-version=" + version, "--skip-worktree", "a"},
	}
	for i, args := range script {
		if i == 1 {
			os.MkdirAll(dir+"/sub", 0o777)
			for _, name := range []string{"a", "ab", "sub/file", "sub/filex"} {
				os.WriteFile(dir+"/"+name, []byte(name), 0o666)
			}
		}
		cmd := exec.Command("git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	return os.ReadFile(dir + "/.git/index")
}
