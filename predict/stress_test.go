package predict_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
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
		}
		b := &predict.Build{Context: "lib"}
		return predict.RunAll(ctx, &predict.Batch{Dir: dir, Repository: shared, Before: "HEAD~2", After: "HEAD", Targets: []predict.Target{{Before: b, After: b}}})
	}
	var want [4]string
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
				kind := (worker/2 + i) % 4
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

func text(answer any) string {
	data, err := json.Marshal(answer)
	return fmt.Sprint(string(data), err)
}
