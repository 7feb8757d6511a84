// Package explorer draws predictions as a page that a browser opens by itself:
// the Dockerfile with its steps marked, the stack of layers, the graph of stages,
// and what the key of a chosen step is made of.
//
// New turns a prediction and its details into a Page, plain data of bounded size
// in which every text is visible and ready to be shown; Write makes a file of
// it. The file holds the data as JSON, and the script in assets/explorer.js makes
// nodes of it with textContent alone: no text of the repository is ever parsed as
// markup. A content security policy allows that script and that style sheet,
// by their hashes, and nothing else.
//
// HistoryBuilder makes a HistoryPage of a history's builds, and WriteHistory a file of that:
// a heat map of builds by steps, in which some builds bring their own Page for
// whybust.show(root, page, anchor) to draw.
package explorer
