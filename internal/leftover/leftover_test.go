package leftover_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/leftover"
)

// fake is a test that is checked, and ended by hand.
type fake struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (f *fake) Helper()             {}
func (f *fake) Cleanup(fn func())   { f.cleanups = append(f.cleanups, fn) }
func (f *fake) Error(values ...any) { f.errors = append(f.errors, fmt.Sprint(values...)) }

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		leave      func(t *testing.T)
	}{
		{"nothing", "", func(*testing.T) {}},
		{"goroutine", "the goroutine", func(t *testing.T) {
			stop := make(chan struct{})
			t.Cleanup(func() { close(stop) })
			go func() { <-stop }()
		}},
		{"file", "open file", func(t *testing.T) {
			f, err := os.Open("leftover.go")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
		}},
		{"child", "child process", func(t *testing.T) {
			cmd := exec.Command("sleep", "60")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &fake{}
			leftover.Check(f)
			tc.leave(t)
			for _, fn := range f.cleanups {
				fn()
			}
			if got := strings.Join(f.errors, "\n"); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
