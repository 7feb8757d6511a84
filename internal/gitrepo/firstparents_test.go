package gitrepo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/gitrepo"
)

func TestFirstParents(t *testing.T) {
	dir := mergedRepo(t)
	id := func(r *gitrepo.Repo, rev string) gitrepo.OID {
		t.Helper()
		commit, _, err := r.Resolve(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		return commit
	}
	r := open(t, dir)
	for _, tt := range []struct {
		reason, tip, not string
		o                gitrepo.FirstParentOptions
		want             []string
	}{
		{"all, a merge with both parents", "HEAD", "", gitrepo.FirstParentOptions{},
			[]string{"HEAD HEAD~1", "HEAD~1 HEAD~2 topic", "HEAD~2 HEAD~3", "HEAD~3 HEAD~4", "HEAD~4"}},
		{"without what a branch reaches", "HEAD", "topic", gitrepo.FirstParentOptions{}, []string{"HEAD HEAD~1", "HEAD~1 HEAD~2 topic", "HEAD~2 HEAD~3"}},
		{"what is reached by a second parent", "topic", "HEAD", gitrepo.FirstParentOptions{}, nil},
		{"before it was merged", "topic", "HEAD~2", gitrepo.FirstParentOptions{}, []string{"topic HEAD~3"}},
		{"merges", "HEAD", "", gitrepo.FirstParentOptions{Merges: true}, []string{"HEAD~1 HEAD~2 topic"}},
		{"the newest", "HEAD", "", gitrepo.FirstParentOptions{Limit: 1}, []string{"HEAD HEAD~1"}},
		{"since tomorrow", "HEAD", "", gitrepo.FirstParentOptions{Since: time.Now().Add(time.Hour)}, nil},
	} {
		if tt.not != "" {
			tt.o.Not = id(r, tt.not)
		}
		var want [][]gitrepo.OID
		for _, line := range tt.want {
			want = append(want, nil)
			for _, rev := range strings.Fields(line) {
				want[len(want)-1] = append(want[len(want)-1], id(r, rev))
			}
		}
		got, err := r.FirstParents(t.Context(), id(r, tt.tip), tt.o)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.reason, err, diff)
		}
	}
	git(t, dir, "clone", "-q", "--depth=2", "file://"+dir, "shallow")
	shallow := open(t, dir+"/shallow")
	got, err := shallow.FirstParents(t.Context(), id(shallow, "HEAD"), gitrepo.FirstParentOptions{})
	if err != nil || len(got) != 2 || len(got[0]) != 2 || len(got[1]) != 1 {
		t.Errorf("of a shallow clone: %v, %v; want the second without parents", got, err)
	}
	if _, err := r.FirstParents(t.Context(), gitrepo.OID("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14"), gitrepo.FirstParentOptions{}); err == nil {
		t.Error("of a commit that is not there: no error")
	}
}
