package changed

import "bytes"

// maxTable bounds the table by which two texts are compared, in cells.
const maxTable = 4 << 20

// Lines gives the numbers, from 1, of the lines of after that are not in a
// longest common subsequence of the two texts' lines. Between texts that are
// too long for that, all lines that stand between their common beginning and end.
func Lines(before, after []byte) []int {
	a, b := split(before), split(after)
	start := 0
	for start < min(len(a), len(b)) && bytes.Equal(a[start], b[start]) {
		start++
	}
	a, b = a[start:], b[start:]
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if (len(a)+1)*(len(b)+1) > maxTable {
		a = nil
	}
	var lines []int
	common := table(a, b)
	for i, j := 0, 0; j < len(b); {
		switch {
		case i < len(a) && bytes.Equal(a[i], b[j]):
			i, j = i+1, j+1
		case i < len(a) && common[i+1][j] >= common[i][j+1]:
			i++
		default:
			lines = append(lines, start+j+1)
			j++
		}
	}
	return lines
}

// table has in [i][j] the length of a longest common subsequence of a[i:] and b[j:].
func table(a, b [][]byte) [][]int32 {
	t := make([][]int32, len(a)+1)
	for i := range t {
		t[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if bytes.Equal(a[i], b[j]) {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}

// split gives the lines of a text; an end of line at its end begins no further one.
func split(text []byte) [][]byte {
	if len(text) == 0 {
		return nil
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}
