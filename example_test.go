package whybust_test

import (
	"context"
	"fmt"
	"log"

	"github.com/whybust/whybust/predict"
)

// The README's example: tests hold the two together. It needs a repository to
// look at, so it is compiled and not run.
func Example() {
	p, err := predict.Run(context.Background(), &predict.Request{
		Dir:    "/path/to/a/repository",
		Before: predict.Side{Revision: "HEAD~1"},
		After:  predict.Side{Revision: "HEAD"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if p.First == nil {
		fmt.Println("no step misses")
		return
	}
	step := p.Steps[*p.First]
	fmt.Println(step.Name)
	for _, cause := range step.Causes {
		fmt.Println(cause.Kind, cause.Change, cause.Path, cause.Name)
	}
}
