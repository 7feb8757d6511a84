package buildcontext_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	buildcontext "github.com/whybust/whybust/context"
)

// TestStress has many goroutines compare and hash what is in one repository, some until they
// are cancelled. Whoever was not gets the same answer.
func TestStress(t *testing.T) {
	dir, git := hostileRepo(t)
	write(t, dir, map[string]string{"d/e-f": "changed"})
	git("commit", "-qam", "y")
	write(t, dir, map[string]string{"d/new": "1"})
	r := openRepo(t, dir)
	ask := func(ctx context.Context, kind int) (string, error) {
		old, new := &buildcontext.View{}, &buildcontext.View{}
		c, err := r.Resolve(ctx, "HEAD")
		if err != nil {
			return "", err
		}
		p, err := r.Resolve(ctx, "HEAD~1")
		if err != nil {
			return "", err
		}
		work, err := r.WorkTree(ctx, "")
		if err != nil {
			return "", err
		}
		old.Tree, new.Tree = r.Tree(p, ""), r.Tree(c, "")
		switch kind {
		case 0:
			d, err := buildcontext.Compare(ctx, old, nil, new, nil)
			return fmt.Sprintf("%+v", d), err
		case 1:
			new.Tree = work
			d, err := buildcontext.Compare(ctx, old, nil, new, nil)
			return fmt.Sprintf("%+v", d), err
		case 2:
			new.Tree = work
		}
		sum, err := (&buildcontext.Digester{Parallel: 3}).Digest(ctx, new, nil)
		return sum.String(), err
	}
	var want []string
	for kind := range 4 {
		answer, err := ask(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, answer)
	}
	var wg sync.WaitGroup
	for worker := range 12 {
		wg.Go(func() {
			for i := range 6 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if worker%3 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(worker*i)*200*time.Microsecond)
				}
				kind := (worker + i) % 4
				got, err := ask(ctx, kind)
				if ctx.Err() == nil && (err != nil || got != want[kind]) {
					t.Errorf("kind %d: %v, got %.200s, want %.200s", kind, err, got, want[kind])
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
