//go:build !race

package predict_test

// manyRuns is how many instructions the longest hostile Dockerfile has.
const manyRuns = 50_000
