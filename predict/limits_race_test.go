//go:build race

package predict_test

// manyRuns is less under the race detector, with which time counts sevenfold.
const manyRuns = 5_000
