package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
)

// job is what the environment says of a job for a pull request.
type job struct {
	gitlab     bool
	base, head string // commits
	repository string // "owner/name" on GitHub, the project's id on GitLab
	number     int
	api, token string
}

var (
	commitID   = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	repository = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	project    = regexp.MustCompile(`^[0-9]+$`)
)

// readJob reads the environment of GitHub Actions or of GitLab CI.
func readJob(lookup func(string) (string, bool)) (*job, error) {
	env := func(name string) string {
		v, _ := lookup(name)
		return v
	}
	var j *job
	var err error
	switch {
	case env("GITHUB_ACTIONS") != "":
		j, err = gitHubJob(env)
	case env("GITLAB_CI") != "":
		j, err = gitLabJob(env)
	default:
		return nil, errors.New("this is no job of GitHub Actions or GitLab CI: neither GITHUB_ACTIONS nor GITLAB_CI is set")
	}
	if err != nil {
		return nil, err
	}
	if !commitID.MatchString(j.base) || !commitID.MatchString(j.head) {
		return nil, errors.New("the environment does not tell the commits of the pull request")
	}
	if j.number <= 0 {
		return nil, errors.New("the environment does not tell the number of the pull request")
	}
	return j, nil
}

// maxEvent bounds the file that describes the event, in bytes.
const maxEvent = 16 << 20

// gitHubJob reads the event for which GitHub started the workflow.
func gitHubJob(env func(string) string) (*job, error) {
	name := env("GITHUB_EVENT_PATH")
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	defer f.Close()
	var event struct {
		PullRequest *struct {
			Number int
			Base   struct{ SHA string }
			Head   struct{ SHA string }
		} `json:"pull_request"`
	}
	if err := json.NewDecoder(io.LimitReader(f, maxEvent)).Decode(&event); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if event.PullRequest == nil {
		return nil, fmt.Errorf("the event %q is about no pull request", env("GITHUB_EVENT_NAME"))
	}
	p := event.PullRequest
	j := &job{base: p.Base.SHA, head: p.Head.SHA, repository: env("GITHUB_REPOSITORY"), number: p.Number,
		api: env("GITHUB_API_URL"), token: env("GITHUB_TOKEN")}
	if j.api == "" {
		j.api = "https://api.github.com"
	}
	if !repository.MatchString(j.repository) {
		return nil, errors.New("GITHUB_REPOSITORY is not owner/name")
	}
	return j, nil
}

// gitLabJob reads the variables of a pipeline for a merge request.
func gitLabJob(env func(string) string) (*job, error) {
	if env("CI_MERGE_REQUEST_IID") == "" {
		return nil, errors.New("the pipeline is for no merge request: CI_MERGE_REQUEST_IID is not set")
	}
	j := &job{gitlab: true, base: env("CI_MERGE_REQUEST_DIFF_BASE_SHA"), head: env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
		repository: env("CI_MERGE_REQUEST_PROJECT_ID"), api: env("CI_API_V4_URL"), token: env("GITLAB_TOKEN")}
	if j.head == "" { // set only in pipelines for merged results
		j.head = env("CI_COMMIT_SHA")
	}
	if _, err := fmt.Sscanf(env("CI_MERGE_REQUEST_IID"), "%d", &j.number); err != nil {
		return nil, errors.New("CI_MERGE_REQUEST_IID is no number")
	}
	if !project.MatchString(j.repository) {
		return nil, errors.New("CI_MERGE_REQUEST_PROJECT_ID is no number")
	}
	return j, nil
}
