// Package leftover has tests fail that leave a goroutine, a child process or an open file behind.
package leftover

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// state is what a process has going.
type state struct {
	goroutines map[string]string // by number: the stack
	files      map[string]string // by descriptor: what it is
}

func now() state {
	s := state{goroutines: goroutines(), files: map[string]string{}}
	list, _ := os.ReadDir("/proc/self/fd") // elsewhere than on Linux: none
	for _, d := range list {
		if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil {
			s.files[d.Name()] = target
		}
	}
	return s
}

// Check looks, when the test and all that it registered after this call has ended, whether
// there is more than now. Call it first, and not in tests that run beside others.
func Check(t testing.TB) {
	t.Helper()
	before := now()
	t.Cleanup(func() {
		if left := wait(before); left != "" {
			t.Error(left)
		}
	})
}

// Main runs the tests of a package and then looks for what they left. It is what TestMain does:
//
//	func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }
func Main(m *testing.M) (status int) {
	before := now()
	status = m.Run()
	if left := wait(before); status == 0 && left != "" {
		fmt.Fprintln(os.Stderr, left)
		return 1
	}
	return status
}

// wait gives what was just told to end a while to do so.
func wait(before state) (left string) {
	for range 200 {
		if left = compare(before); left == "" {
			return ""
		}
		runtime.GC() // closes files that nobody holds any more
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

func compare(before state) string {
	var left []string
	for _, c := range children() {
		left = append(left, "the child process "+c)
	}
	after := now()
	for fd, target := range after.files {
		// The runtime polls through one anonymous inode, from the first pipe on.
		if before.files[fd] == "" && !strings.HasPrefix(target, "anon_inode:") && !strings.HasPrefix(target, "/proc/") {
			left = append(left, fmt.Sprintf("the open file %s (%s)", fd, target))
		}
	}
	for number, stack := range after.goroutines {
		if before.goroutines[number] == "" && !strings.Contains(stack, "os/signal.") {
			left = append(left, "the goroutine "+stack)
		}
	}
	if left == nil {
		return ""
	}
	return "left behind: " + strings.Join(left, ", ")
}

// goroutines returns the stacks of all goroutines, which begin with their numbers.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	all := map[string]string{}
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		fields := strings.SplitN(stack, " ", 3)
		all[fields[1]] = stack
	}
	return all
}

// children returns the processes that this one has started and that have not been waited for.
func children() (pids []string) {
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		for _, pid := range strings.Fields(string(data)) {
			comm, _ := os.ReadFile("/proc/" + pid + "/comm")
			pids = append(pids, pid+" "+strings.TrimSpace(string(comm)))
		}
	}
	return pids
}
