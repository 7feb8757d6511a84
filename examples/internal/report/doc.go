// Package report puts a prediction into words: for a terminal, for a log, for a
// page. The words for steps, causes and what follows are exported, so that every
// rendering says the same thing in the same way.
//
// Whatever comes from the repository under analysis passes through cli.Visible here,
// but is not escaped for any markup: that is for the rendering to do.
package report
