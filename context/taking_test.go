package buildcontext_test

import (
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// TestTaking changes every file of a tree, one at a time: a file is taken if a comparison finds that it changed.
func TestTaking(t *testing.T) {
	files := fstest.MapFS{"link": {Mode: fs.ModeSymlink, Data: []byte("a/b")}, "up": {Mode: fs.ModeSymlink, Data: []byte("a/b/f.go")}}
	for _, name := range []string{"f.go", "f.md", "go.mod", "a/f.go", "a/f.md", "a/b/f.go", "a/b/g.md", "a/b/c/f.go", "a.x/f.go", "b/a/f.md", "b/c/d/e/f.go"} {
		files[name] = &fstest.MapFile{Data: []byte("1")}
	}
	selectors := [][]buildcontext.Selector{
		{{Path: "/"}}, {{Path: "/a"}}, {{Path: "/a"}, {Path: "/a.x"}, {Path: "/f.go"}}, {{Path: "/link", FollowLinks: true}}, {{Path: "/link/c"}}, {{Path: "/up", FollowLinks: true}},
		{{Path: "/*.go", Wildcard: true}}, {{Path: "/a/*", Wildcard: true, FollowLinks: true}}, {{Path: "/a/*/f*", Wildcard: true}}, {{Path: "/l*", Wildcard: true, FollowLinks: true}},
		{{Path: "/", Exclude: []string{"**/*.md", "b"}}}, {{Path: "/a", Exclude: []string{"b", "!b/c"}}}, {{Path: "/", Include: []string{"a/b", "**/e"}}},
		{{Path: "/", Include: []string{"*/*.md"}, Exclude: []string{"b/**"}}}, {{Path: "/nowhere*", Wildcard: true}}, {},
	}
	taken, all := 0, 0
	for _, ignore := range []string{"", "*.md\n", "**\n!a/b\n!**/*.md\n", "a\n!a/b/c\nb/c/*\n", "**/f.go\n!b/*/*/*/f.go\n"} {
		rules, err := dockerignore.Parse("i", []byte(ignore))
		if err != nil {
			t.Fatal(err)
		}
		old := &buildcontext.View{Tree: buildcontext.WithGitDir(buildcontext.FS(files), "1"), Rules: rules}
		for i, sels := range selectors {
			taking, ok, err := old.Taking(t.Context(), sels)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range append(slices.Sorted(maps.Keys(files)), ".git") {
				if f := files[name]; f != nil && f.Mode != 0 {
					continue
				}
				changed, commit := maps.Clone(files), "1"
				if name == ".git" {
					commit = "2"
				} else {
					changed[name] = &fstest.MapFile{Data: []byte("2")}
				}
				new := &buildcontext.View{Tree: buildcontext.WithGitDir(buildcontext.FS(changed), commit), Rules: rules}
				d, err := buildcontext.Compare(t.Context(), old, sels, new, sels)
				if err != nil {
					t.Fatal(err)
				}
				if ok == (len(d.MissingOld) > 0) {
					t.Errorf("%q, selectors %d: ok is %v, missing %q", ignore, i, ok, d.MissingOld)
				}
				if !ok {
					continue
				}
				got := name == ".git" && taking.GitDir() || name != ".git" && taking.File(name)
				if want := len(d.Changes) == 1 && d.Changes[0].Path == name && d.Changes[0].Kind == buildcontext.Modified; got != want || !want && !d.Equal() {
					t.Errorf("%q, selectors %d, %s: taken %v, the difference is %+v", ignore, i, name, got, d)
				}
				all++
				if got {
					taken++
				}
			}
		}
	}
	if taken < 50 || all < 400 {
		t.Errorf("%d of %d files are taken", taken, all)
	}
}

// TestTakingWhatIsUnknown: what .git holds is not known.
func TestTakingWhatIsUnknown(t *testing.T) {
	v := &buildcontext.View{Tree: buildcontext.WithGitDir(buildcontext.FS(fstest.MapFS{}), "1")}
	for _, s := range []buildcontext.Selector{{Path: "/.git/HEAD"}, {Path: "/*/*", Wildcard: true}} {
		if _, ok, err := v.Taking(t.Context(), []buildcontext.Selector{s}); ok || err != nil {
			t.Errorf("%s: ok %v, error %v", s.Path, ok, err)
		}
	}
}
