package timings_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/whybust/whybust/predict/timings"
)

func ExampleRead() {
	build := `#5 [builder 3/4] COPY . .
#5 DONE 0.3s
#6 [builder 4/4] RUN make
#6 DONE 61.0s
`
	d, err := timings.Read("build.log", strings.NewReader(build))
	if err != nil {
		log.Fatal(err)
	}
	took, ok := d.Step("[builder 5/5] RUN make") // a step was put before it since
	fmt.Println(took, ok)
	_, ok = d.Step("[builder 4/4] RUN make all")
	fmt.Println(ok)
	// Output:
	// 1m1s true
	// false
}
