package gitrepo_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
	"github.com/whybust/whybust/internal/gittest"
)

// TestAheadOfWhatIsNotFetched: git dies of an object that it may not fetch, and takes with it what else it was
// asked for. Only who needs that object is told.
func TestAheadOfWhatIsNotFetched(t *testing.T) {
	dir := newRepo(t)
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := t.TempDir()
	git(t, clone, "clone", "-q", "--filter=blob:none", "file://"+dir, "partial")
	clone += "/partial"
	var missing, there gitrepo.OID
	for rev, id := range map[string]*gitrepo.OID{"HEAD~1:sub/file": &missing, "HEAD:sub/file": &there} {
		*id, _ = gitrepo.ParseOID(gittest.In(t, clone)("rev-parse", rev))
	}
	blob := func(r *gitrepo.Repo, id gitrepo.OID) (string, error) {
		content, _, err := r.Blob(t.Context(), id)
		if err != nil {
			return "", err
		}
		defer content.Close()
		data, err := io.ReadAll(content)
		return string(data), err
	}
	for _, wait := range []time.Duration{0, 100 * time.Millisecond} { // git lives, or is dead when it is asked again
		r := open(t, clone)
		if err := r.Ahead(t.Context(), missing.Hex()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		if err := r.Ahead(t.Context(), there.Hex()); err != nil {
			t.Errorf("after %v, asking for another object ahead: %v", wait, err)
		}
		if got, err := blob(r, there); got != "two" || err != nil {
			t.Errorf("after %v: %q, %v, want the object that is there", wait, got, err)
		}
		var err *gitrepo.ObjectError
		if _, e := blob(r, missing); !errors.As(e, &err) || err.OID != missing {
			t.Errorf("after %v: error %v, want one of %s", wait, e, missing.Hex())
		}
	}
}
