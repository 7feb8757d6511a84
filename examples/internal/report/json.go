package report

import (
	"bytes"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// JSON writes a prediction in the form that docs/json.md promises.
func JSON(out *bytes.Buffer, p *predict.Prediction) error { return cli.WriteJSON(out, p) }
