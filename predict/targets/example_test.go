package targets_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/whybust/whybust/predict/targets"
)

// The targets of a bake file, as `docker buildx bake --print` writes it. Pair makes of them what predict.RunAll
// takes, and NewMatrix of its answers what a job matrix takes.
func ExampleReadBake() {
	const printed = `{
  "target": {
    "api": {"context": "api", "args": {"VERSION": "1.2"}, "platforms": ["linux/amd64", "linux/arm64"]},
    "web": {"context": "web", "dockerfile": "docker/Dockerfile"}
  }
}`
	list, err := targets.ReadBake(strings.NewReader(printed), "bake.json")
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range targets.Pair(list, list) {
		fmt.Println(t.Name, t.After.Context, t.After.File, t.After.Platform)
	}
	// Output:
	// api api  linux/amd64
	// api api  linux/arm64
	// web web web/docker/Dockerfile
}
