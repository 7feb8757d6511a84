// Package scenario reads the behaviour corpus, testdata/scenarios/*.txtar: one
// behaviour of BuildKit's cache per file, as two trees, the flags of two builds
// and the verdict of a real BuildKit. testdata/scenarios/README.md is the
// specification of the format.
//
// Reading is strict: whatever the format does not name is an error with its line,
// so that a misspelled directive cannot turn a scenario into one that
// tests nothing.
package scenario

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Scenario is one parsed file.
type Scenario struct {
	// Name is the file's base name without ".txtar"; empty if Parse was given none.
	Name string
	// Reason is the behaviour in one sentence.
	Reason string
	// Context is the context directory inside the trees, clean and slash-separated.
	Context string
	// Old and New are the two sides.
	Old, New Side
	// Cached are further builds that filled the cache before Old did, in their order.
	Cached []Side
	// CacheMode says how the cache travelled from them to New: local (or empty), max, min, inline.
	CacheMode string
	// Images maps the name of a stand-in base image to its configuration, if both sides have the same and the
	// digest is not known.
	Images map[string]ImageConfig
	// Want is the recorded verdict, nil if none was recorded yet.
	Want []Step
	// BuildKit is the version that gave the verdict.
	BuildKit string
	// Causes are the causes that a prediction must give, written by hand.
	Causes []Cause
	// CausesOff says that causes are not compared.
	CausesOff bool

	src source
}

// Side is one of the two builds.
type Side struct {
	Build Build
	Tree  Tree
	// Images are the stand-in images whose digest is known, by name: different configurations are
	// different images, equal ones the same.
	Images map[string]ImageConfig
}

// Step is one line of a verdict.
type Step struct {
	// Status is hit, miss, may-hit, or Unseen.
	Status string
	// Name is the display name, like "[builder 4/6] COPY . .".
	Name string
}

// Unseen is the status of a step that BuildKit cannot show.
const Unseen = "-"

// Cause is one line of expected causes.
type Cause struct {
	// Stage is empty in a file of one stage.
	Stage    string
	Step, Of int
	// Text is the kind, the change and the path or name, those that are not
	// empty, one space between them.
	Text string
}

// ImageConfig is the configuration of an image: the parts of OCI's config
// object that the cache or the replay look at.
type ImageConfig struct {
	User       string            `json:"User,omitempty"`
	Env        []string          `json:"Env,omitempty"`
	WorkingDir string            `json:"WorkingDir,omitempty"`
	Shell      []string          `json:"Shell,omitempty"`
	OnBuild    []string          `json:"OnBuild,omitempty"`
	Entrypoint []string          `json:"Entrypoint,omitempty"`
	Cmd        []string          `json:"Cmd,omitempty"`
	Labels     map[string]string `json:"Labels,omitempty"`
}

// Error is a fault in a scenario, with the line where it stands.
type Error struct {
	File string // as given to Parse
	Line int    // from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the fault without its position.
func (e *Error) Unwrap() error { return e.Err }

// Read parses the file.
func Read(file string) (*Scenario, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}

// ReadDir parses every .txtar file of a directory, in the order of names. It
// fails on the first that is wrong.
func ReadDir(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	for _, file := range files {
		s, err := Read(file)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func nameOf(file string) string {
	return strings.TrimSuffix(filepath.Base(file), ".txtar")
}

func parseConfig(text string) (ImageConfig, error) {
	var config ImageConfig
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&config); err != nil {
		return config, err
	}
	if dec.More() {
		return config, fmt.Errorf("text after the JSON object")
	}
	return config, nil
}
