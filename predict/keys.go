package predict

import (
	"context"
	"runtime"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/sumcache"
)

// KeysRequest says of what Keys computes keys: one side of a Request, whose
// fields mean the same. The zero KeysRequest is the working tree of the current
// directory.
type KeysRequest struct {
	Dir     string
	Context string
	Side
	NoGitDir          bool
	AddHosts, Ulimits []string
	Network, ShmSize  string
	// CacheDir is a directory in which hashes of files and directories of
	// commits are remembered from one call to the next, in one file of at most 65 MB. Nothing but time
	// depends on what is in it. Empty remembers nothing.
	CacheDir string
	// Limits are as in Request.
	Limits Limits
}

// StepKey is the portable key of one step.
type StepKey struct {
	// Stage, Step, Of and Name are as in Step.
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	Of    int    `json:"of"`
	Name  string `json:"name"`
	// Key is a cachekey.Sum in hexadecimal.
	Key string `json:"key"`
}

// Keys computes the keys of the steps of a build: cachekey.Keys of what a
// repository holds. Errors are those of Run, and one with file and line that wraps
// fs.ErrNotExist if a step takes what is not in the build context. The key of a step that
// takes .git differs for each commit; see NoGitDir.
func Keys(ctx context.Context, r *KeysRequest) ([]StepKey, error) {
	ctx = r.Limits.under(ctx)
	a, g, err := r.replay(ctx)
	if err != nil {
		return nil, err
	}
	defer a.repo.Close()
	d := &buildcontext.Digester{Parallel: max(readers, runtime.GOMAXPROCS(0))}
	cache, err := a.remember(ctx, r)
	if err != nil {
		return nil, err
	}
	if cache != nil {
		defer cache.Close() // what cannot be written is hashed again
		d.Memory = cache
	}
	keys, err := cachekey.Keys(ctx, g, &cachekey.KeyOptions{Digester: d})
	if err != nil {
		return nil, err
	}
	list := make([]StepKey, len(keys))
	for i, k := range keys {
		list[i] = StepKey{Stage: k.Step.Stage, Step: k.Step.Number, Of: k.Step.Total, Name: k.Step.Name, Key: k.Sum.String()}
	}
	return list, nil
}

// replay replays what is built. Whoever asks closes the analysis's repository, unless there is an error.
func (r *KeysRequest) replay(ctx context.Context) (*analysis, *cachekey.Graph, error) {
	a, err := openAnalysis(ctx, &Request{
		Limits: r.Limits, Dir: r.Dir, Context: r.Context, After: r.Side, NoGitDir: r.NoGitDir,
		AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	})
	if err != nil {
		return nil, nil, err
	}
	c, err := a.commit(ctx, r.Revision)
	if err == nil {
		var g *cachekey.Graph
		if g, _, err = a.side(ctx, r.Side, c); err == nil {
			return a, g, nil
		}
	}
	a.repo.Close()
	return nil, nil, err
}

// remember opens the cache, if there is to be one: a working tree's identities do not prove
// what a commit holds, nor do any where objects are replaced.
func (a *analysis) remember(ctx context.Context, r *KeysRequest) (*sumcache.Cache, error) {
	if r.CacheDir == "" || r.Revision == "" {
		return nil, nil
	}
	if replaced, err := a.repo.Replaces(ctx); replaced || err != nil {
		return nil, err
	}
	return sumcache.Open(r.CacheDir), nil
}

// readers is how many files are hashed at a time at least, so that git always
// has something to do.
const readers = 4
