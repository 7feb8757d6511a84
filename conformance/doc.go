// Package conformance holds the test that builds every scenario of
// testdata/scenarios with a real BuildKit. See README.md.
package conformance
