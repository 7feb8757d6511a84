package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflows reads the ready workflow files. It stands here because the root module
// has no reader of YAML.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../examples/ci/*.yml")
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := yaml.Unmarshal(raw, &v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestGitHubWorkflowIsModest wants full history where revisions are compared, no
// permission to write but what each job needs, and no expression in a script.
func TestGitHubWorkflowIsModest(t *testing.T) {
	var w struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Permissions map[string]string
			Steps       []struct {
				Uses, Run string
				With      map[string]any
			}
		}
	}
	raw, err := os.ReadFile("../examples/ci/github.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" || len(w.Jobs) != 2 {
		t.Errorf("permissions %v, %d jobs", w.Permissions, len(w.Jobs))
	}
	writes := map[string]string{"pull-request": "pull-requests", "hazards": "security-events"}
	for name, job := range w.Jobs {
		for what, level := range job.Permissions {
			if level == "write" && what != writes[name] {
				t.Errorf("%s may write %s", name, what)
			}
		}
		for _, step := range job.Steps {
			if strings.Contains(step.Run, "${{") {
				t.Errorf("%s: an expression becomes part of a script: %s", name, step.Run)
			}
			if strings.HasPrefix(step.Uses, "actions/checkout@") && (step.With["persist-credentials"] != false || name == "pull-request" && step.With["fetch-depth"] != 0) {
				t.Errorf("%s: checkout with %v", name, step.With)
			}
		}
	}
}
