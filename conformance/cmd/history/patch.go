package main

import (
	"fmt"
	"io"
	"os"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// patch is a unified diff that is laid over every commit. The zero patch is none.
type patch struct {
	predict.WhatIf

	files   map[string]map[string][]byte // by commit; none for those that are built as they are
	applied int
	faults  []string
}

func (p *patch) read(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parsed, err := whatif.ParsePatch(file, data)
	if err != nil {
		return err
	}
	p.WhatIf, p.files = parsed.WhatIf, map[string]map[string][]byte{}
	return nil
}

// ask has the history predicted with the patch.
func (p *patch) ask(r *predict.HistoryRequest) {
	if p.WhatIf != nil {
		r.WhatIf = []predict.WhatIf{p.WhatIf}
	}
}

// with is the build with the patch.
func (p *patch) with(b *predict.HistoryBuild) *predict.HistoryBuild {
	if p.WhatIf == nil || len(b.With) == 0 {
		return b
	}
	if err := b.With[0].Err; err != nil {
		p.faults = append(p.faults, fmt.Sprintf("%.12s: %v", b.Commit, err))
	} else {
		p.applied++
		p.files[b.Commit] = b.With[0].Files
	}
	return whatif.With(b, 0)
}

// laid are the files that lie over a commit: those that lie over all, without a patch.
func (p *patch) laid(commit string, all map[string][]byte) map[string][]byte {
	if files, ok := p.files[commit]; ok {
		return files // with those that lie over all
	}
	return all
}

// print says on how many commits the patch was made.
func (p *patch) print(w io.Writer) {
	if p.WhatIf == nil {
		return
	}
	fmt.Fprintf(w, "the patch applies to %d of %d commits\n", p.applied, p.applied+len(p.faults))
	for _, fault := range p.faults {
		fmt.Fprintf(w, "  as it is: %s\n", fault)
	}
}
