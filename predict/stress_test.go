package predict_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// TestStress predicts from one repository in many goroutines, with a git process each and with one for all, some
// of them until they are cancelled. All answers are the same, and errors are those of the context.
func TestStress(t *testing.T) {
	dir, git := history(t)
	writeFile(t, dir, ".gitattributes", "app eol=crlf\n")
	git("add", "-A")
	git("commit", "-qm", "3")
	shared, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	ask := func(ctx context.Context, kind int) (answer any, err error) {
		switch kind {
		case 0:
			return predict.Run(ctx, &predict.Request{Dir: dir, Before: side("HEAD~2"), After: side("HEAD")})
		case 1:
			return predict.Run(ctx, &predict.Request{Dir: dir, Before: side("HEAD~2")})
		case 2:
			return predict.Keys(ctx, &predict.KeysRequest{Dir: dir, Side: side("HEAD"), NoGitDir: true})
		case 3:
			return collected(predict.History(ctx, &predict.HistoryRequest{Dir: dir}))
		case 4:
			return whatif.Advise(ctx, &predict.HistoryRequest{Dir: dir}, nil)
		case 5:
			p, d, err := predict.RunDetails(ctx, &predict.Request{Dir: dir, Before: side("HEAD~2"), After: side("HEAD")}, nil)
			return []any{p, d}, err
		}
		b := &predict.Build{Context: "lib"}
		return predict.RunAll(ctx, &predict.Batch{Dir: dir, Repository: shared, Before: "HEAD~2", After: "HEAD", Targets: []predict.Target{{Before: b, After: b}}})
	}
	var want [7]string
	for kind := range want {
		answer, err := ask(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		want[kind] = text(answer)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 4 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if worker%2 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(1+worker*i)*time.Millisecond)
				}
				kind := (worker/2*2 + i) % len(want)
				switch answer, err := ask(ctx, kind); {
				case err != nil && !errors.Is(err, ctx.Err()):
					t.Errorf("kind %d: %v, and the context %v", kind, err, ctx.Err())
				case err == nil && ctx.Err() == nil && text(answer) != want[kind]:
					t.Errorf("kind %d: got %.300s, want %.300s", kind, text(answer), want[kind])
				}
				cancel()
			}
		})
	}
	wg.Wait()
}

// collected is all of a history.
func collected(history iter.Seq2[*predict.HistoryBuild, error]) (all []*predict.HistoryBuild, err error) {
	for b, err := range history {
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// TestHistoryLeavesNothing: a history that is left in the middle, or whose context ends there, leaves no process, no goroutine and no file
// behind, and says in the second case why.
func TestHistoryLeavesNothing(t *testing.T) {
	leftover.Check(t)
	dir := kindRepository(t, "", "", "r")
	for n := range 6 {
		seen := 0
		for _, err := range predict.History(t.Context(), &predict.HistoryRequest{Dir: dir}) {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen > n {
				break
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen, failed := 0, error(nil)
		for _, err := range predict.History(ctx, &predict.HistoryRequest{Dir: dir}) {
			if failed = err; err != nil {
				continue
			}
			if seen++; seen > n {
				cancel()
			}
		}
		cancel()
		if n < 5 && !errors.Is(failed, context.Canceled) || seen > n+2 {
			t.Errorf("cancelled at build %d, it went on to %d: %v", n, seen, failed)
		}
	}
}

func text(answer any) string {
	data, err := json.Marshal(answer)
	return fmt.Sprint(string(data), err)
}
