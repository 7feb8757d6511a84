package cachekey

import "testing"

// TestJoinPath: no path may lose the directory that it hangs on.
func TestJoinPath(t *testing.T) {
	base := "/" + symbol(symbolWorkdir, "docker.io/library/node:20 linux/amd64")
	for _, tc := range []struct {
		reason, parent, p string
		symbolic          bool
	}{
		{"a known directory", "/a/b", "../c", false},
		{"below an unknown one", base, "c", true},
		{"out of an unknown one", base, "../c", true},
		{"to the parent of an unknown one", base, "..", true},
		{"up and down below an unknown one", base + "/a", "../c", true},
		{"further out than is known", base + "/a", "../../c", true},
	} {
		if got := joinPath(tc.parent, tc.p); HasSymbol(got) != tc.symbolic {
			t.Errorf("%s: joinPath(%q, %q) = %q", tc.reason, tc.parent, tc.p, got)
		}
	}
	if joinPath(base, "../c") == joinPath(base, "../d") || joinPath(base, "../c") == joinPath(base+"/x", "../c") {
		t.Error("two paths are one")
	}
}

// TestResolveUnknown: operations get names, symbols stay.
func TestResolveUnknown(t *testing.T) {
	sym := symbol(symbolUser, "node")
	got := ResolveUnknown("\x0012\x01/usr+name "+sym+":", func(index int) string {
		if index != 12 {
			t.Errorf("index %d", index)
		}
		return "run"
	})
	if want := "run/usr+name " + sym + ":"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
