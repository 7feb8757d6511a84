// Package predict matches the steps of two replayed Dockerfiles the way
// BuildKit's solver matches its cache, and says which step misses first and why.
package predict

// Schema is the version of the JSON form of a Prediction.
const Schema = "whybust/v1"

// Status says whether a step will be served from the cache.
type Status string

// The statuses, from best to worst.
const (
	// Hit: the old build made this step, so BuildKit reuses it.
	Hit Status = "hit"
	// MayHit: it hangs on the bytes that an earlier, re-run step writes (or on
	// other bytes that cannot be known): equal bytes, and BuildKit reuses it.
	MayHit Status = "may-hit"
	// Miss: the step runs again.
	Miss Status = "miss"
)

// CauseKind is one of a closed list of reasons for a miss.
type CauseKind string

// The kinds of causes.
const (
	CauseFile        CauseKind = "file"         // a file that the step takes changed
	CauseIgnoreRule  CauseKind = "ignore-rule"  // a file entered or left the context because an ignore rule changed
	CauseInstruction CauseKind = "instruction"  // the text of the instruction itself
	CauseArg         CauseKind = "arg"          // an ARG's value, default, presence or order
	CauseEnv         CauseKind = "env"          // an ENV's value, presence or order
	CauseWorkdir     CauseKind = "workdir"      // the working directory that the step runs in
	CauseUser        CauseKind = "user"         // the user that the step runs as
	CauseShell       CauseKind = "shell"        // the SHELL that a shell-form RUN uses
	CauseBase        CauseKind = "base"         // FROM names another image
	CauseMount       CauseKind = "mount"        // a --mount of RUN
	CauseOption      CauseKind = "option"       // a flag of the instruction or of the build
	CausePlatform    CauseKind = "platform"     // the platform
	CauseGitDir      CauseKind = "git-dir"      // .git is part of the context and differs with each commit
	CauseRemote      CauseKind = "remote"       // a URL or git source of ADD
	CauseContext     CauseKind = "context"      // it runs on a directory given by --build-context, which is never cached
	CauseFrontend    CauseKind = "frontend"     // the # syntax= directive
	CauseNoCache     CauseKind = "no-cache"     // --no-cache or --no-cache-filter: it looks into no cache
	CauseNotExported CauseKind = "not-exported" // its key is in the cache, but not its result, which a step needs
	CauseImports     CauseKind = "imports"      // of several imported caches not all know it that know the step before it
	CauseRehash      CauseKind = "rehash"       // it takes a whole context that another step opens for writing, which BuildKit may hash in two ways
	CauseNewStep     CauseKind = "new-step"     // nothing like it was in the old build
	CauseParent      CauseKind = "parent"       // the step before it missed
	CauseStageOutput CauseKind = "stage-output" // a stage that it copies from or mounts is re-run or differs
)

// Change says what happened to the subject of a Cause.
type Change string

// The changes.
const (
	Added    Change = "added"
	Removed  Change = "removed"
	Modified Change = "modified"
	Mode     Change = "mode" // only the executable bit
	Type     Change = "type" // a file became a directory or a link, or the like
	Link     Change = "link" // the target of a symbolic link
	Owner    Change = "owner"
	Moved    Change = "moved" // same value, other position
	Unknown  Change = "unknown"
)

// Prediction is the answer: plain data, stable as JSON.
type Prediction struct {
	Schema string   `json:"schema"`
	Before Revision `json:"before"`
	After  Revision `json:"after"`
	// Cached are the further builds that filled the cache; none is left out.
	Cached []Revision `json:"cached,omitempty"`
	// Dockerfile and IgnoreFile are the paths on the new side, relative to the
	// repository's root, IgnoreFile empty if there is none.
	Dockerfile string `json:"dockerfile"`
	IgnoreFile string `json:"ignoreFile"`
	Target     string `json:"target"`
	Platform   string `json:"platform"`
	// Verdict is the worst status of all steps; Hit when there are none.
	Verdict Status `json:"verdict"`
	// First is the index in Steps of the first miss, nil if nothing misses.
	First  *int           `json:"first"`
	Steps  []Step         `json:"steps"`
	Config []ConfigChange `json:"config"`
	Notes  []Note         `json:"notes"`
	Hints  []Hint         `json:"hints"`
	// Cost is the time that it takes, nil if no build was measured.
	Cost *Cost `json:"cost,omitempty"`
	// Suggestions are what package suggest found, if it was asked.
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

// Revision is one side of a prediction.
type Revision struct {
	// Revision is as the caller wrote it; empty for the working tree.
	Revision string `json:"revision"`
	// Commit is the full object id; empty for the working tree.
	Commit string `json:"commit"`
}

// Step is one step of the new build with its prediction.
type Step struct {
	// Stage is the name that BuildKit prints, empty in a file of one stage.
	Stage string `json:"stage"`
	// Step counts from 1 to Of within the stage, as BuildKit prints it.
	Step int `json:"step"`
	Of   int `json:"of"`
	// Name is the display name, like "[builder 4/6] COPY . .".
	Name        string `json:"name"`
	Instruction string `json:"instruction"`
	// Line and EndLine are where it stands in the Dockerfile, from 1.
	Line    int    `json:"line"`
	EndLine int    `json:"endLine"`
	Status  Status `json:"status"`
	// Causes holds the step's own causes first, then what merely follows
	// (CauseParent, CauseStageOutput). Own causes of a step that misses through its parent
	// anyway are the hidden ones. Empty for a hit.
	Causes []Cause `json:"causes"`
	// Duration is how long the step took in builds that were measured, in milliseconds: the
	// median. Nil if none ran it.
	Duration *int64 `json:"durationMs,omitempty"`
	// Build is the index of a build in the cache, if there are several: that which a
	// hit is served from, or which the causes are told against. 0 is Before, and n
	// is Cached[n-1].
	Build *int `json:"build,omitempty"`
	// Also holds the names that the same operation has in other stages that
	// begin alike: BuildKit runs it once and prints one of the names.
	Also []string `json:"-"`
}

// Cause is one reason why a step misses or may miss.
type Cause struct {
	Kind   CauseKind `json:"kind"`
	Change Change    `json:"change,omitempty"`
	// Path is a file, relative to its context and slash-separated.
	Path string `json:"path,omitempty"`
	// Name is the argument, variable, flag, mount target or stage; empty where a value of --build-arg may be in it.
	Name string `json:"name,omitempty"`
	// Context is the named context (--build-context) that Path is relative to, or that is
	// itself the cause; empty for the build context.
	Context string `json:"context,omitempty"`
	// Before and After are the two values, empty where they do not help or come
	// from --build-arg (those are never printed).
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// File and Line say where the cause stands, if it has a place: a line of the
	// Dockerfile or of the ignore file, File relative to the repository's root.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Step is the index in Steps of the step that this one follows, for
	// CauseParent and CauseStageOutput; nil otherwise.
	Step *int `json:"step,omitempty"`
}

// ConfigChange is a changed instruction that changes only image metadata and
// runs nothing.
type ConfigChange struct {
	Line   int    `json:"line"`
	Text   string `json:"text"`
	Change Change `json:"change"`
}

// Note is something that two revisions cannot show, or that a reader should know.
type Note struct {
	Kind string `json:"kind"`
	// File and Line say where it belongs, if anywhere.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// Hint is a remedy, computed from this repository.
type Hint struct {
	Kind string `json:"kind"`
	// Step is the index in Steps of the step that it would keep cached.
	Step int `json:"step"`
	// File and Line say where to make the change.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}
