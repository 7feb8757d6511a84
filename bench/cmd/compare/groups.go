package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/whybust/whybust/internal/synth"
)

// group measures rows that share programs.
type group struct {
	name    string
	files   []int // the sizes that it needs
	measure func(context.Context, *bench) error
}

var groups = []group{
	{"commits", []int{100_000}, commits},
	{"growth", []int{10_000, 100_000}, growth},
	{"ignore", []int{100_000}, ignore},
	{"small", []int{200}, smallRepository},
	{"targets", []int{100_000}, hundredTargets},
	{"history", []int{10_000}, history},
	{"worktree", []int{100_000}, workTree},
	{"digest", []int{100_000}, digest},
	{"keys", []int{100_000}, keys},
}

func groupNames() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

const revisions = synth.Base + ".." + synth.Change

func diffTree(dir string) program {
	return other(dir, []string{"git", "diff-tree", "-r", "--name-only", synth.Base, synth.Change})
}

// commits compares in a repository as a developer has it, and in one without a working tree: there git
// need not read an index, which takes longer than the comparison.
func commits(ctx context.Context, b *bench) error {
	full, err := b.checkout(ctx)
	if err != nil {
		return err
	}
	bare, err := b.repository(ctx, 100_000)
	if err != nil {
		return err
	}
	m, err := b.interleave(ctx, b.tool(full, "whybust", revisions), diffTree(full), b.tool(bare, "whybust", revisions), diffTree(bare))
	if err != nil {
		return err
	}
	b.table.add("prediction between two commits, 10 of 100,000 files changed", m[0].wall, "`git diff-tree -r --name-only A B`", m[1].wall, 2)
	b.table.add("the same where there is no working tree", m[2].wall, "the same", m[3].wall, 2)
	if b.buildkit > 0 {
		b.table.add("the same as the first", m[0].wall, "BuildKit's rebuild of the unchanged checkout", time.Duration(b.buildkit*float64(time.Second)), 0.01)
	}
	b.table.memory("peak memory of it", m[0].peak, 48e6)
	return nil
}

// growth compares each size with the smallest: whybust's factor is divided by
// that of git diff-tree.
func growth(ctx context.Context, b *bench) error {
	var programs []program
	var sizes []int
	for _, files := range []int{10_000, 100_000, 1_000_000} {
		if !b.has(files) {
			continue
		}
		dir, err := b.repository(ctx, files)
		if err != nil {
			return err
		}
		sizes = append(sizes, files)
		programs = append(programs, b.tool(dir, "whybust", revisions), diffTree(dir))
	}
	m, err := b.interleave(ctx, programs...)
	if err != nil {
		return err
	}
	for i, files := range sizes[1:] {
		ours, theirs := m[2+2*i], m[3+2*i]
		b.table.growth(fmt.Sprintf("the same at %s files, against itself at 10,000", thousands(files)), m[0].wall, ours.wall, m[1].wall, theirs.wall)
		if files == 1_000_000 {
			b.table.memory("peak memory of it", ours.peak, 64e6)
		}
	}
	return nil
}

func ignore(ctx context.Context, b *bench) error {
	dir, err := b.repository(ctx, 100_000)
	if err != nil {
		return err
	}
	m, err := b.interleave(ctx, b.tool(dir, "whybust", synth.Base+".."+synth.Ignore),
		other(dir, []string{"git", "ls-tree", "-r", synth.Base}, []string{"git", "ls-tree", "-r", synth.Ignore}))
	if err != nil {
		return err
	}
	b.table.add("the same, the ignore file itself changed", m[0].wall, "`git ls-tree -r` of both revisions", m[1].wall, 3)
	b.table.memory("peak memory of it", m[0].peak, 48e6)
	return nil
}

func smallRepository(ctx context.Context, b *bench) error {
	dir, err := b.repository(ctx, 200)
	if err != nil {
		return err
	}
	m, err := b.interleave(ctx, b.tool(dir, "whybust", revisions),
		other(dir, []string{"git", "diff", "--name-only", synth.Base, synth.Change}))
	if err != nil {
		return err
	}
	b.table.add("small repository, 200 files", m[0].wall, "`git diff --name-only A B`", m[1].wall, 3)
	return nil
}

// hundredTargets compares a bake file of a hundred targets, which take everything and something of their own,
// with one of the first of them.
func hundredTargets(ctx context.Context, b *bench) error {
	dir, err := b.repository(ctx, 100_000)
	if err != nil {
		return err
	}
	var programs []program
	for _, n := range []int{100, 1} {
		file := filepath.Join(b.tmp, fmt.Sprintf("bake-%d.json", n))
		if err := writeBake(file, n); err != nil {
			return err
		}
		programs = append(programs, b.tool(dir, "whybust", "--bake", file, revisions))
	}
	m, err := b.interleave(ctx, programs...)
	if err != nil {
		return err
	}
	b.table.add("100 targets of a bake file, 10 of 100,000 files changed", m[0].wall, "one of them", m[1].wall, 8)
	b.table.memory("peak memory of it", m[0].peak, 64e6)
	return nil
}

// writeBake writes what docker buildx bake --print would of n targets.
func writeBake(file string, n int) error {
	type target struct {
		Context    string `json:"context"`
		Dockerfile string `json:"dockerfile-inline"`
	}
	all := map[string]target{}
	for i := range n {
		all[fmt.Sprintf("target%03d", i)] = target{".", fmt.Sprintf("FROM scratch\nCOPY module%03d /m\nCOPY . .\nRUN make %d\n", i, i)}
	}
	data, err := json.Marshal(map[string]any{"target": all})
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o666)
}

// history replays a thousand commits, and for the memory ten times as many: git, which is one of its
// processes, maps more of a larger pack.
func history(ctx context.Context, b *bench) error {
	const commits, more = 1000, 10_000
	dir, err := synth.Repository(ctx, b.cache, synth.Spec{Files: 10_000, Size: small, Commits: commits})
	if err != nil {
		return err
	}
	long, err := synth.Repository(ctx, b.cache, synth.Spec{Files: 10_000, Size: small, Commits: more})
	if err != nil {
		return err
	}
	log := []string{"git", "log", "--raw", "-m", "--first-parent", "-z", "-n", fmt.Sprint(commits), synth.History}
	longLog := slices.Clone(log)
	longLog[7] = fmt.Sprint(more)
	m, err := b.interleave(ctx, b.tool(dir, "whybust", "history", "-n", fmt.Sprint(commits-1), synth.History), other(dir, log),
		b.tool(long, "whybust", "history", "-n", fmt.Sprint(more-1), synth.History), other(long, longLog))
	if err != nil {
		return err
	}
	b.table.add("a history of 1,000 commits, 10 of 10,000 files changed in each", m[0].wall, "`git log --raw -m --first-parent -z`", m[1].wall, 2)
	b.table.memory("peak memory of it", m[0].peak, 48e6)
	b.table.memory("peak memory of 10,000 commits, against that of git and a quarter", m[2].peak, m[3].peak+m[3].peak/4)
	return nil
}

func workTree(ctx context.Context, b *bench) error {
	dir, err := b.checkout(ctx)
	if err != nil {
		return err
	}
	m, err := b.interleave(ctx, b.tool(dir, "whybust", "HEAD"), other(dir, []string{"git", "status", "--porcelain"}))
	if err != nil {
		return err
	}
	b.table.add("prediction against the working tree, 100,000 files, clean", m[0].wall, "`git status --porcelain`", m[1].wall, 1.5)
	b.table.memory("peak memory of it", m[0].peak, 48e6)
	return nil
}

func digest(ctx context.Context, b *bench) error {
	dir, err := synth.Directory(b.cache, synth.Spec{Files: 100_000, Size: large})
	if err != nil {
		return err
	}
	const b3sum = "find . -type f -print0 | xargs -0 -P$(nproc) -n 2000 b3sum --num-threads 1"
	m, err := b.interleave(ctx, b.tool(dir, "contextdigest", "."), other(dir, []string{"sh", "-c", b3sum}))
	if err != nil {
		return err
	}
	b.table.add("context digest of a directory, 100,000 files, 400 MB, warm", m[0].wall, "`b3sum`, one for each core", m[1].wall, 1)
	return nil
}

// keys starts from an empty cache, and again from the one that it left.
func keys(ctx context.Context, b *bench) error {
	dir, err := b.checkout(ctx)
	if err != nil {
		return err
	}
	blobs := filepath.Join(b.tmp, "blobs")
	if err := listBlobs(ctx, dir, blobs); err != nil {
		return err
	}
	cache := filepath.Join(b.tmp, "keys")
	batch := other(dir, []string{"git", "cat-file", "--batch"})
	batch.stdin = blobs
	first := b.tool(dir, "stepkeys", "--cache-dir", cache+"-first", synth.Base)
	first.before = func() error { return os.RemoveAll(cache + "-first") }
	again := b.tool(dir, "stepkeys", "--cache-dir", cache, synth.Base)
	next := b.tool(dir, "stepkeys", "--cache-dir", cache, synth.Change)
	next.before = func() error { // the commit before is known, and nothing else
		os.RemoveAll(cache)
		_, err := again.run(ctx)
		return err
	}
	m, err := b.interleave(ctx, first, batch, again, next)
	if err != nil {
		return err
	}
	b.table.add("portable step keys of a commit, first time", m[0].wall, "`git cat-file --batch` of the same blobs", m[1].wall, 1.5)
	b.table.add("the same, a second time", m[2].wall, "the first time", m[0].wall, 0.1)
	b.table.add("the same, for the next commit", m[3].wall, "the first time", m[0].wall, 0.1)
	return nil
}
