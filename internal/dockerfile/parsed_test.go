package dockerfile_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/dockerfile"
)

type sameValue struct{}

func (sameValue) Get(string) (string, bool) { return "value", true }
func (sameValue) Keys() []string            { return nil }

// TestParsedTwice: expanding the instructions of a file changes nothing of the next one of that content.
func TestParsedTwice(t *testing.T) {
	data := []byte(`# syntax=docker/dockerfile:1
ARG V=1
FROM --platform=$P alpine:$V AS a
ENV X=$Y Z=1
ARG Q=$X
LABEL l=$X
WORKDIR /$X
USER $X
ADD --chown=$X https://example.org/$X /x/$X
COPY --from=a --exclude=$X $X /$X
COPY <<$X <<EOF /y/
$X
a $X
EOF
RUN --mount=type=cache,target=/$X,from=a --network=none make $X
RUN <<EOF
echo $X
EOF
ONBUILD COPY $X /
EXPOSE $X
SHELL ["/bin/$X"]
CMD ["$X"]
HEALTHCHECK CMD $X
`)
	var parsed dockerfile.Parsed
	expand := func() (all []any) {
		f, err := parsed.Parse(t.Context(), dockerfile.Limits{}, "Dockerfile", data)
		if err != nil {
			t.Fatal(err)
		}
		x := f.Expander()
		for _, s := range f.Stages {
			all = append(all, s.Text, s.Base, s.Name)
			for _, in := range s.Instructions {
				cmd, err := in.Expand(x, sameValue{})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, in.Keyword, in.Text, in.Line, in.EndLine, in.Sources(), cmd)
			}
		}
		return all
	}
	first, again := expand(), expand()
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
}

// TestParseStopped: a context that has ended is the error, not a fault of the file.
func TestParseStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(dockerfile.Parsed).Parse(ctx, dockerfile.Limits{}, "Dockerfile", []byte("FROM a")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
