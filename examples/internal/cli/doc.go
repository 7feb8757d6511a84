// Package cli is what the example commands share: docker's way of reading
// --build-arg, when to use colours, and output that cannot harm a terminal.
package cli
