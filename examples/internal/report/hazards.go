package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// The forms in which code hosts take findings: a finding is known again by its
// fingerprint, which does not hang on lines, so that one that merely moved is
// not new.

// fingerprints gives each hazard a fingerprint of its kind, file, stage and subject;
// equal ones are counted in the order of their lines.
func fingerprints(hazards []predict.Hazard) []string {
	seen := map[string]int{}
	prints := make([]string, len(hazards))
	for i, h := range hazards {
		id := fmt.Sprintf("%q %q %q %q", h.Kind, h.File, h.Stage, h.Subject)
		seen[id]++
		prints[i] = fingerprint(fmt.Sprintf("hazard %s %d", id, seen[id]))
	}
	return prints
}

func fingerprint(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))[:32] }

// SARIF writes hazards as SARIF 2.1.0, version being that of the program. Paths are
// relative to the repository's root, %SRCROOT%.
func SARIF(out *bytes.Buffer, hazards []predict.Hazard, version string) error {
	kinds := predict.HazardKinds()
	rules := make([]sarifRule, len(kinds))
	index := map[string]int{}
	for i, k := range kinds {
		index[k.Kind] = i
		rules[i] = sarifRule{
			ID: k.Kind, ShortDescription: sarifText{k.Title}, FullDescription: sarifText{k.Help}, Help: sarifText{k.Help},
			DefaultConfiguration: sarifConfiguration{level(k.Kind)},
		}
	}
	results := []sarifResult{}
	prints := fingerprints(hazards)
	for i, h := range hazards {
		results = append(results, sarifResult{
			RuleID: h.Kind, RuleIndex: index[h.Kind], Level: level(h.Kind), Message: sarifText{plainText(h.Text)},
			Locations: []sarifLocation{{sarifPhysical{artifact(h.File), sarifRegion{max(h.Line, 1), max(h.EndLine, h.Line, 1)}}}},
			// GitHub reads the first one, and computes it from the line if it is not there.
			PartialFingerprints: map[string]string{"primaryLocationLineHash": prints[i], "whybustHazard/v1": prints[i]},
		})
	}
	return cli.WriteJSON(out, sarifLog{
		Schema: sarifSchema, Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:    sarifTool{sarifDriver{"whybust", version, "https://github.com/whybust/whybust", rules}},
			Results: results, ColumnKind: "unicodeCodePoints",
		}},
	})
}

// level is how much a hazard weighs: one that loses the cache with every commit
// is a warning.
func level(kind string) string {
	switch kind {
	case predict.HazardGitDir, predict.HazardCopyTooEarly:
		return "warning"
	default:
		return "note"
	}
}

// plainText is a text without the backquotes of Markdown, which no reader of these
// formats shows, as one visible line.
func plainText(s string) string { return strings.ReplaceAll(cli.OneLine(s), "`", "'") }

// artifact is a file as SARIF names it. One outside of the repository is absolute.
func artifact(file string) sarifArtifact {
	u := url.URL{Path: file}
	if path.IsAbs(file) {
		u.Scheme = "file"
		return sarifArtifact{URI: u.String()}
	}
	return sarifArtifact{URI: strings.TrimPrefix(u.EscapedPath(), "./"), URIBaseID: "%SRCROOT%"}
}

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// The objects of SARIF 2.1.0 that are written, named as there.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		Results    []sarifResult `json:"results"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		ShortDescription     sarifText          `json:"shortDescription"`
		FullDescription      sarifText          `json:"fullDescription"`
		Help                 sarifText          `json:"help"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
		EndLine   int `json:"endLine"`
	}
)
