// Command contextdigest prints the digest of a directory as a build context: the
// program that stands for buildcontext.Digester in the comparison.
//
//	contextdigest DIR
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	buildcontext "github.com/whybust/whybust/context"
)

func main() {
	sum, err := digest(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "contextdigest:", err)
		os.Exit(2)
	}
	fmt.Println(sum)
}

func digest(ctx context.Context, args []string) (buildcontext.Sum, error) {
	if len(args) != 1 {
		return buildcontext.Sum{}, fmt.Errorf("usage: contextdigest DIR")
	}
	tree, err := buildcontext.Directory(args[0])
	if err != nil {
		return buildcontext.Sum{}, err
	}
	d := &buildcontext.Digester{Parallel: runtime.GOMAXPROCS(0)}
	return d.Digest(ctx, &buildcontext.View{Tree: tree}, nil)
}
