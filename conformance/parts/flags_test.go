package parts_test

import "flag"

var seed = flag.Uint64("seed", 1, "seed of everything random")
