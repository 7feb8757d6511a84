// Package bench holds what says how fast whybust is: benchmarks of the packages
// on synthetic repositories (here), and the comparison of whole programs with git
// and b3sum (cmd/compare). docs/performance.md explains the numbers.
package bench
