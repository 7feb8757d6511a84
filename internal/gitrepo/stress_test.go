package gitrepo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
)

func readAll(f io.ReadCloser) (string, error) {
	defer f.Close()
	data, err := io.ReadAll(f)
	return string(data), err
}

// TestStress has many goroutines do all that a Repo can, some of them until they are cancelled
// or give up in the middle of a stream. Whoever was not cancelled gets the right answer.
func TestStress(t *testing.T) {
	dir, ids := many(t, 120) // two of them are streamed
	r := open(t, dir)
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 25 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if worker%4 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(rnd.IntN(3000))*time.Microsecond)
				}
				if err := oneRequest(ctx, r, rnd, ids); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	checkBlob(t, r, ids[7], 7)
}

func oneRequest(ctx context.Context, r *gitrepo.Repo, rnd *rand.Rand, ids []gitrepo.OID) error {
	i := rnd.IntN(len(ids))
	switch rnd.IntN(6) {
	case 0:
		_, tree, err := r.Resolve(ctx, "HEAD")
		if err != nil {
			return err
		}
		_, err = r.ReadTree(ctx, tree)
		return err
	case 1:
		var re *gitrepo.RevisionError
		if _, _, err := r.Resolve(ctx, "nowhere"); !errors.As(err, &re) {
			return errors.Join(err, errors.New("nowhere is resolved"))
		}
		return nil
	case 2:
		return r.Ahead(ctx, ids[i].Hex(), "HEAD^{tree}", "nowhere", ids[len(ids)-1-i].Hex())
	case 3:
		f, _, err := r.Blob(ctx, ids[40]) // 2 MB
		if err != nil {
			return err
		}
		io.CopyN(io.Discard, f, rnd.Int64N(3<<20))
		return f.Close()
	case 4:
		_, err := r.ReadIndex()
		return err
	}
	f, size, err := r.Blob(ctx, ids[i])
	if err != nil {
		return err
	}
	data, err := readAll(f)
	if err == nil && (int64(len(data)) != size || !strings.HasPrefix(data, fmt.Sprint(i, "x"))) {
		err = errors.New("another blob came")
	}
	return err
}

// TestCloseEndsRequests: all that is under way fails, none of it hangs.
func TestCloseEndsRequests(t *testing.T) {
	dir, ids := many(t, 60)
	for range 5 {
		r := open(t, dir)
		stream, _, err := r.Blob(t.Context(), ids[40])
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := 0; ; i++ {
					f, _, err := r.Blob(t.Context(), ids[i%len(ids)])
					if err != nil {
						return
					}
					if _, err := readAll(f); err != nil {
						return
					}
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		r.Close()
		wg.Wait()
		if _, err := readAll(stream); err == nil {
			t.Error("a stream goes on after Close")
		}
	}
}
