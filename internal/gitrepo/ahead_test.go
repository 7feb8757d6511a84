package gitrepo_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

// many makes a repository with n files, most of them small, and returns the ids of their blobs.
func many(t *testing.T, n int) (dir string, ids []gitrepo.OID) {
	t.Helper()
	dir = newRepo(t)
	sizes := map[int]int{10: 300_000, 40: 2 << 20} // the latter is more than is kept
	for i := range n {
		write(t, dir, fmt.Sprintf("many/%04d", i), fmt.Sprint(i, strings.Repeat("x", max(10, sizes[i%60]))))
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "many")
	for line := range strings.Lines(git(t, dir, "ls-tree", "HEAD:many") + "\n") {
		id, _ := gitrepo.ParseOID(strings.Fields(line)[2])
		ids = append(ids, id)
	}
	return dir, ids
}

// TestAhead asks for much at once, and for it in another order, with what does not exist and what is not
// kept in between.
func TestAhead(t *testing.T) {
	dir, ids := many(t, 500)
	for name, prepare := range map[string]func(*testing.T){"git": func(*testing.T) {}, "older git": func(t *testing.T) { oldGit(t, "2.35.8") }} {
		t.Run(name, func(t *testing.T) {
			prepare(t)
			r := open(t, dir)
			missing := strings.Repeat("ab", 20)
			names := []string{missing, "HEAD^{tree}", "HEAD", "nowhere", missing}
			for _, id := range ids {
				names = append(names, id.Hex())
			}
			if err := r.Ahead(t.Context(), names...); err != nil {
				t.Fatal(err)
			}
			for n := range ids {
				i := (n*37 + 5) % len(ids)
				if n%100 == 0 {
					if err := r.Ahead(t.Context(), names[5+n:5+n+50]...); err != nil {
						t.Fatal(err)
					}
				}
				checkBlob(t, r, ids[i], i)
			}
			if _, _, err := r.Resolve(t.Context(), "nowhere"); err == nil {
				t.Error("nowhere is resolved")
			}
			head, tree, err := r.Resolve(t.Context(), "HEAD")
			if err != nil || head != r.Head {
				t.Errorf("HEAD is %s, %v", head.Hex(), err)
			}
			entries, err := r.ReadTree(t.Context(), tree)
			if err != nil || len(entries) != 2 {
				t.Errorf("the tree of HEAD has %d entries, %v", len(entries), err)
			}
			id, _ := gitrepo.ParseOID(missing)
			if _, _, err := r.Blob(t.Context(), id); err == nil {
				t.Error("a missing blob is read")
			}
		})
	}
}

// checkBlob reads the blob of the i-th file.
func checkBlob(t *testing.T, r *gitrepo.Repo, id gitrepo.OID, i int) {
	t.Helper()
	f, size, err := r.Blob(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil || int64(len(data)) != size || !strings.HasPrefix(string(data), fmt.Sprint(i, "x")) {
		t.Fatalf("blob %d: %d of %d bytes, %.20q, %v", i, len(data), size, data, err)
	}
}

// TestReplaces: a replace ref changes what an id stands for.
func TestReplaces(t *testing.T) {
	dir := newRepo(t)
	r := open(t, dir)
	if replaced, err := r.Replaces(t.Context()); replaced || err != nil {
		t.Errorf("got %v, %v without a replace ref", replaced, err)
	}
	git(t, dir, "replace", "HEAD", "HEAD~1")
	if replaced, err := r.Replaces(t.Context()); !replaced || err != nil {
		t.Errorf("got %v, %v with one", replaced, err)
	}
	git(t, dir, "pack-refs", "--all")
	if replaced, err := r.Replaces(t.Context()); !replaced || err != nil {
		t.Errorf("got %v, %v with a packed one", replaced, err)
	}
}
