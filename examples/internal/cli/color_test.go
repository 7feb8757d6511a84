package cli_test

import (
	"testing"

	"github.com/whybust/whybust/examples/internal/cli"
)

func TestUseColor(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		env      map[string]string
		terminal bool
		want     bool
	}{
		{"a terminal", nil, true, true},
		{"a pipe", nil, false, false},
		{"NO_COLOR wins over all", map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, true, false},
		{"an empty NO_COLOR says nothing", map[string]string{"NO_COLOR": ""}, true, true},
		{"CLICOLOR=0", map[string]string{"CLICOLOR": "0"}, true, false},
		{"CLICOLOR=1 does not paint a pipe", map[string]string{"CLICOLOR": "1"}, false, false},
		{"CLICOLOR_FORCE paints a pipe", map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{"CLICOLOR_FORCE=0 forces nothing", map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{"CLICOLOR_FORCE wins over CLICOLOR", map[string]string{"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, false, true},
		{"a terminal that knows no colours", map[string]string{"TERM": "dumb"}, true, false},
	} {
		if got := cli.UseColor(environment(tt.env), tt.terminal); got != tt.want {
			t.Errorf("%s: got %v", tt.reason, got)
		}
	}
}

func environment(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}
