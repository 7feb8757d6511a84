package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/whybust/whybust/examples/internal/changed"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
)

// formats are the values of --format for one image, in the order of the usage text.
var formats = []string{"text", "oneline", "json", "markdown", "github", "gitlab", "codequality", "sarif", "html"}

// answers are the predictions that were asked for.
type answers struct {
	targets []report.Target
	batch   *predict.Batch   // of many targets: how they are built
	details *predict.Details // for html
}

// predictAll predicts for the one image or for all targets.
func (c *command) predictAll(ctx context.Context, inv *invocation) (answers, error) {
	if inv.many() {
		batch, targets, err := c.predictTargets(ctx, inv)
		return answers{targets: targets, batch: batch}, err
	}
	if inv.format == "html" {
		p, details, err := c.details(ctx, &inv.request, nil)
		if err != nil {
			return answers{}, err
		}
		return answers{targets: report.Single(p), details: details}, addSuggestions(ctx, inv, p)
	}
	p, err := c.predict(ctx, &inv.request)
	if err != nil {
		return answers{}, err
	}
	return answers{targets: report.Single(p)}, addSuggestions(ctx, inv, p)
}

// addSuggestions adds the patches if they were asked for.
func addSuggestions(ctx context.Context, inv *invocation, p *predict.Prediction) (err error) {
	if inv.suggest {
		p.Suggestions, err = suggest.For(ctx, &inv.request, p, nil)
	}
	return err
}

// write writes the answers to out, in the form that was asked for.
func (c *command) write(ctx context.Context, out *bytes.Buffer, inv *invocation, a answers) error {
	switch inv.format {
	case "markdown", "gitlab":
		report.Comment(out, a.targets, "")
	case "html":
		page, err := explorer.New(a.targets[0].Prediction, a.details)
		if err != nil {
			return err
		}
		return explorer.Write(out, page)
	case "github":
		return c.writeGitHub(ctx, out, inv, a)
	case "codequality", "sarif":
		hazards, err := c.hazards(ctx, inv, a)
		if err != nil {
			return err
		}
		if inv.format == "sarif" {
			return report.SARIF(out, hazards, version())
		}
		return report.CodeQuality(out, a.targets, hazards)
	case "json", "matrix":
		return c.writeData(out, inv, a)
	default:
		if err := c.writeText(out, inv, a); err != nil {
			return err
		}
	}
	c.quiet(out)
	return nil
}

// quiet takes commands to a runner out of text, where what is printed may give any.
func (c *command) quiet(out *bytes.Buffer) {
	if on, _ := c.lookup("CI"); on != "" {
		quiet := report.Quiet(out.String())
		out.Reset()
		out.WriteString(quiet)
	}
}

// writeData writes JSON.
func (c *command) writeData(out *bytes.Buffer, inv *invocation, a answers) error {
	if inv.many() {
		return writeTargets(out, inv.format, a.targets, false)
	}
	return report.JSON(out, a.targets[0].Prediction)
}

func (c *command) writeText(out *bytes.Buffer, inv *invocation, a answers) error {
	colors := cli.UseColor(c.lookup, c.terminal)
	switch {
	case inv.many():
		return writeTargets(out, inv.format, a.targets, colors)
	case inv.format == "oneline":
		report.Oneline(out, a.targets[0].Prediction)
	default:
		report.Text(out, a.targets[0].Prediction, colors)
	}
	return nil
}

// writeGitHub appends the answer to the summary of the job, and writes the headline and the
// annotations. Without a summary the answer stands before them.
func (c *command) writeGitHub(ctx context.Context, out *bytes.Buffer, inv *invocation, a answers) error {
	notes, err := annotations(ctx, inv, a.targets)
	if err != nil {
		return err
	}
	var summary bytes.Buffer
	report.Markdown(&summary, a.targets)
	if file, _ := c.lookup("GITHUB_STEP_SUMMARY"); file != "" {
		if err := appendTo(file, summary.Bytes()); err != nil {
			return err
		}
		report.GitHub(out, a.targets, notes)
		return nil
	}
	fmt.Fprintf(out, "%s\n", report.Quiet(summary.String()))
	report.GitHub(out, nil, notes)
	return nil
}

// appendTo adds to a file that other steps may have written to.
func appendTo(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// annotations are at most one for each target, those alike once.
func annotations(ctx context.Context, inv *invocation, targets []report.Target) (notes []report.Annotation, err error) {
	repo, err := openRepository(ctx, inv.request.Dir)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	var files *changed.Files
	for _, t := range targets {
		if t.Prediction == nil {
			continue
		}
		if files == nil {
			if files, err = changed.Open(ctx, repo, t.Prediction.Before, t.Prediction.After); err != nil {
				return nil, err
			}
		}
		if !inv.many() {
			t.Context = contextOf(repo.WorkTreePath(), repo.Prefix(), inv.request.Context)
		}
		note, err := report.Annotate(t, files.First)
		if err != nil {
			return nil, err
		}
		if note != nil && !slices.Contains(notes, *note) {
			notes = append(notes, *note)
		}
	}
	return notes, nil
}

// contextOf gives a context directory from the repository's root.
func contextOf(top, prefix, dir string) string {
	if !filepath.IsAbs(dir) {
		return path.Join(prefix, filepath.ToSlash(dir))
	}
	rel, err := filepath.Rel(top, dir)
	if err != nil || strings.HasPrefix(rel, "..") {
		return ""
	}
	return filepath.ToSlash(rel)
}

// hazards finds the standing hazards of the new side.
func (c *command) hazards(ctx context.Context, inv *invocation, a answers) ([]predict.Hazard, error) {
	if a.batch != nil {
		batch := *a.batch
		batch.Repository = nil // that was closed
		return predict.AllHazards(ctx, &batch)
	}
	r := &inv.request
	return predict.Hazards(ctx, &predict.KeysRequest{
		Dir: r.Dir, Context: r.Context, Side: r.After, NoGitDir: r.NoGitDir,
		AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	})
}
