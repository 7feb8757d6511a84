package changed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/changed"
)

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		reason, before, after string
		want                  []int
	}{
		{"equal", "a b c", "a b c", nil},
		{"a new file", "", "a b", []int{1, 2}},
		{"an empty one", "a", "", nil},
		{"one line changed", "a b c", "a x c", []int{2}},
		{"one line added", "a c", "a b c", []int{2}},
		{"one line removed", "a b c", "a c", nil},
		{"two places", "a b c d e", "x b c y e", []int{1, 4}},
		{"a line moved", "a b c", "b c a", []int{3}},
		{"a line twice", "a", "a a", []int{2}},
	} {
		text := func(s string) []byte { return []byte(strings.ReplaceAll(s, " ", "\n") + "\n") }
		before, after := text(tt.before), text(tt.after)
		if tt.before == "" {
			before = nil
		}
		if tt.after == "" {
			after = nil
		}
		if diff := cmp.Diff(tt.want, changed.Lines(before, after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestLongTexts(t *testing.T) {
	before := "first\n" + strings.Repeat("a\n", 5000) + "last\n"
	after := "first\n" + strings.Repeat("b\n", 5000) + "last\n"
	got := changed.Lines([]byte(before), []byte(after))
	if len(got) != 5000 || got[0] != 2 {
		t.Errorf("%d lines, the first is %d", len(got), got[0])
	}
}
