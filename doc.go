// Package whybust is the overview of a library that says, before anything is
// built, which step of a Docker build will miss BuildKit's cache, and why. It
// holds no code; see its packages.
package whybust
