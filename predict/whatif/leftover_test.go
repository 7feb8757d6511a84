package whatif_test

import (
	"os"
	"testing"

	"github.com/whybust/whybust/internal/leftover"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }
