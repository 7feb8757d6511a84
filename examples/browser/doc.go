// Package browser tests the layer explorer in a real browser: Debian's chromium,
// driven over the DevTools protocol. It is a module of its own, since the client
// of that protocol is no dependency of the rest. Run it with
//
//	apt-get install chromium
//	cd examples/browser && go test ./...
//
// With WHYBUST_SCREENSHOTS=DIR it leaves the pages as pictures in DIR, to be
// looked at.
package browser
