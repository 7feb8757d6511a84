package suggest

// For tests from outside.
var (
	Unified     = unified
	AppendLines = appendLines
)

// SplitAfter gives the parts of a RUN, nil if it cannot be split.
func SplitAfter(lines []string, n int) [][]string {
	parts, ok := splitAfter(lines, n)
	if !ok {
		return nil
	}
	return [][]string{parts.front, parts.between, parts.rest}
}

// Rewrite replaces every n-th instruction by itself, and gives the bytes.
func Rewrite(data []byte, n int) ([]byte, error) {
	d, err := parse("Dockerfile", data)
	if err != nil {
		return nil, err
	}
	for i, in := range d.all {
		if in, ok := d.at(in.line); ok && i%n == 0 {
			d.replace(in, d.source(in)...)
		}
	}
	return d.bytes(), nil
}
