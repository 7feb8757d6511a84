package bench_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/gitrepo"
	"github.com/whybust/whybust/internal/synth"
	"github.com/whybust/whybust/predict"
)

// files is how many files a repository has here: enough for several
// directories at each level, and few enough to be made each time.
const files = 10_000

func repository(b testing.TB, s synth.Spec) string {
	b.Helper()
	dir, err := synth.Repository(b.Context(), b.TempDir(), s)
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

func openRepository(b testing.TB, dir string) *buildcontext.Repository {
	b.Helper()
	r, err := buildcontext.OpenRepository(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r
}

// view is a commit under the ignore file that it has.
func view(b testing.TB, r *buildcontext.Repository, revision string) *buildcontext.View {
	b.Helper()
	ctx := b.Context()
	c, err := r.Resolve(ctx, revision)
	if err != nil {
		b.Fatal(err)
	}
	data, err := r.ReadFile(ctx, c, ".dockerignore")
	if err != nil {
		b.Fatal(err)
	}
	rules, err := dockerignore.Parse(".dockerignore", data)
	if err != nil {
		b.Fatal(err)
	}
	return &buildcontext.View{Tree: r.Tree(c, ""), Rules: rules}
}

// BenchmarkPredict is a whole prediction, with its git process, but without the start of
// the program.
func BenchmarkPredict(b *testing.B) {
	dir := repository(b, synth.Spec{Files: files, Size: 64, Checkout: true})
	for name, r := range map[string]predict.Request{
		"commits":  {Before: predict.Side{Revision: synth.Base}, After: predict.Side{Revision: synth.Change}},
		"ignore":   {Before: predict.Side{Revision: synth.Base}, After: predict.Side{Revision: synth.Ignore}},
		"worktree": {Before: predict.Side{Revision: "HEAD"}},
	} {
		r.Dir = dir
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := predict.Run(context.Background(), &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompare(b *testing.B) {
	dir := repository(b, synth.Spec{Files: files, Size: 64})
	for _, change := range []string{synth.Change, synth.Ignore} {
		b.Run(change, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer() // what was read once is held
				r := openRepository(b, dir)
				old, new := view(b, r, synth.Base), view(b, r, change)
				b.StartTimer()
				d, err := buildcontext.Compare(b.Context(), old, nil, new, nil)
				if err != nil || d.Equal() {
					b.Fatal(err, d)
				}
			}
		})
	}
}

func BenchmarkDigest(b *testing.B) {
	spec := synth.Spec{Files: 2000, Size: 4000}
	dir, err := synth.Directory(b.TempDir(), spec)
	if err != nil {
		b.Fatal(err)
	}
	tree, err := buildcontext.Directory(dir)
	if err != nil {
		b.Fatal(err)
	}
	commit := view(b, openRepository(b, repository(b, spec)), synth.Base)
	for name, v := range map[string]*buildcontext.View{"directory": {Tree: tree}, "commit": commit} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(spec.Files * spec.Size))
			d := &buildcontext.Digester{Parallel: 4}
			for b.Loop() {
				if _, err := d.Digest(b.Context(), v, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseIndex(b *testing.B) {
	dir := repository(b, synth.Spec{Files: files, Size: 64, Checkout: true})
	data, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := gitrepo.ParseIndex(string(data), 20); err != nil {
			b.Fatal(err)
		}
	}
}
