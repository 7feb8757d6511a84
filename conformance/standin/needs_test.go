package standin_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// TestNeeds: what images must hold is read as BuildKit expands it.
func TestNeeds(t *testing.T) {
	const dockerfile = `ARG BASE=alpine
FROM ${BASE}:3.20 AS b
ARG NAME=tool
USER bob:staff
WORKDIR /src
RUN ["go", "build"]
RUN ["./run.sh"]
RUN <<EOF
#!/usr/bin/env python
EOF
FROM ghcr.io/o/x AS app
COPY --from=b --chown=ann /out/tool /usr/bin/
COPY --from=b --parents /src/./a/*.txt /x/
COPY --from=busybox:1 /bin/busybox /bin/
RUN --mount=from=b,source=/cache,target=/c true
FROM unused
`
	n := standin.NewNeeds()
	if err := n.Add(t.Context(), []byte(dockerfile), scenario.Build{Target: "app"}, nil); err != nil {
		t.Fatal(err)
	}
	keys := func(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
	got := map[string][]string{
		"images": n.Images, "outputs": keys(n.Outputs), "users": keys(n.Users), "groups": keys(n.Groups),
	}
	want := map[string][]string{
		"images":  {"docker.io/library/alpine:3.20", "docker.io/library/busybox:1", "ghcr.io/o/x:latest"},
		"outputs": {"/bin/busybox", "/cache", "/out/tool", "/src/a/*.txt"},
		"users":   {"ann", "bob"},
		"groups":  {"staff"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
	for _, program := range []string{"/bin/sh", "/usr/bin/env", "/src/run.sh", "/usr/local/bin/go"} {
		if !n.Programs[program] {
			t.Errorf("%s is missing among %v", program, keys(n.Programs))
		}
	}
	if !n.Runs {
		t.Error("there are RUN instructions")
	}
}
