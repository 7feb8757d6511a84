package gitrepo

import "time"

// A child that hangs must not hang its parent, whatever the caller's context allows: git waits
// for as long as a file of the repository is a named pipe, or a network file
// system does not answer.

// patience is how long git may take for one answer, or for one piece of a large
// one. The slowest that it is asked for, a search for a commit by its message, takes a
// minute in the largest histories.
var patience = 5 * time.Minute

// lastWords is how long a process may go on whose output has ended: until then it may say why.
const lastWords = time.Second

// watch has the process killed if it makes its caller wait for too long. The
// caller calls done when it no longer waits.
func (b *batch) watch() (done func()) {
	b.watchdog.Reset(patience)
	return func() { b.watchdog.Stop() }
}
