// Package whybust is the overview of a library that says, before anything is
// built, which step of a Docker build will miss BuildKit's cache between two git
// revisions, and why. It holds no code.
//
// It hashes the build context under its ignore file, replays the Dockerfile
// into a graph of steps whose cache keys keep what they hash, and matches two
// such graphs the way BuildKit's solver matches its cache. It needs no daemon, no
// network and no checkout, and runs nothing of the repository that it reads.
//
// Begin with package predict: Run takes a repository and two revisions, Compare takes
// two graphs, and Keys gives a portable key for each step. Below it are
//
//   - cachekey: the replay of a Dockerfile, and the keys of its steps;
//   - context (package buildcontext): a build context as a tree, whether from a commit,
//     a working tree, a directory or an fs.FS; what COPY takes of it, how two selections differ, and
//     a digest that is the same for all of them;
//   - dockerignore: which paths of a context count, and which line decided.
//
// The commands in examples are thin: flags in, one call, a rendering out.
//
// A step is a hit, a miss, or may hit: the last only if it hangs on bytes that no
// revision holds, such as those that a re-run RUN writes. What two revisions
// cannot show (what a tag points at, what a URL holds) is a note and never a
// guess. docs/model.md says how BuildKit decides, what of it is modelled, and what
// the limits are.
package whybust
