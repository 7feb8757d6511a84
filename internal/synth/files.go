package synth

import (
	"fmt"
	"math/rand/v2"
)

const dockerfile = `FROM golang:1.26@sha256:0000000000000000000000000000000000000000000000000000000000000000
WORKDIR /src
COPY . .
RUN go build ./...
`

const ignoreFile = "**/*_test.go\n"

// The shape of the tree is that of a large repository of our day (the Linux
// kernel has 16 files in a directory, in some four levels).
const (
	perDir = 16 // files in a directory that holds files
	fanOut = 20 // subdirectories in one that holds directories
)

// each calls fn for every file, directory by directory.
func (s Spec) each(fn func(path string, i int)) {
	for i := range s.Files {
		fn(Path(i), i)
	}
}

// Path is that of the file with this number.
func Path(i int) string {
	dir, n := i/perDir, i%perDir
	name := fmt.Sprintf("file_%02d.go", n)
	switch {
	case i%1000 == 7:
		name = fmt.Sprintf("file_%02d.gen.go", n)
	case n%4 == 3:
		name = fmt.Sprintf("file_%02d_test.go", n-1)
	case n == perDir-2:
		name = "README.md"
	}
	return fmt.Sprintf("module%03d/package%02d/part%02d/%s", dir/(fanOut*fanOut), dir/fanOut%fanOut, dir%fanOut, name)
}

// content is the text of a file: words, so that it compresses as source code
// does, and no two alike (from 32 bytes on).
func (s Spec) content(i, version int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), uint64(version)))
	data := fmt.Appendf(make([]byte, 0, s.Size+16), "file %d version %d\n", i, version)
	for len(data) < s.Size {
		data = append(data, words[r.IntN(len(words))]...)
	}
	return data[:s.Size]
}

var words = makeWords()

// makeWords invents a vocabulary.
func makeWords() (list [1024]string) {
	r := rand.New(rand.NewPCG(1, 2))
	ends := []string{" ", " ", " ", "(", ")", ".", " = ", "\n", "\n\t", ", "}
	for i := range list {
		word := make([]byte, 3+r.IntN(8))
		for j := range word {
			word[j] = byte('a' + r.IntN(26))
		}
		list[i] = string(word) + ends[r.IntN(len(ends))]
	}
	return list
}
