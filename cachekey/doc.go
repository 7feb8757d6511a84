// Package cachekey replays a Dockerfile and computes what BuildKit's cache would key each of its
// steps by.
//
// Replay turns a Dockerfile, a build context and the build's options into a
// Graph: the operations that BuildKit's solver would be given (BuildKit v0.34.2,
// frontend/dockerfile/dockerfile2llb), each with its recipe and its inputs, and
// the steps that `docker build` prints for them. Nothing is hashed away: a
// Recipe keeps every field that goes into the key with the line that it comes
// from, so that the reason for a miss is the difference of two recipes or of
// two selections of files.
//
// The mechanism (Recipe, Field, Input, Key) knows nothing of Dockerfiles; the
// policy, what goes into the recipe of which instruction, stands in one file
// per instruction (copy.go, run.go, workdir.go, from.go), in the order in which
// BuildKit hashes it.
//
// What a Dockerfile alone cannot tell (the variables, directory, user and shell
// of a base image whose configuration the caller does not know) is carried as a
// symbol through expansion and into the recipes: equal symbols are equal,
// whatever they stand for.
//
// Keys gives each step a portable BLAKE3 key. It is not BuildKit's own digest:
// those hash what only a daemon knows.
package cachekey
