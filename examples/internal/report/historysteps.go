package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
)

const (
	minStepColumns   = 24 // of a step's name, before there is room for its trend
	minTrendColumns  = 8  // a trend of fewer points is none
	fairTrendColumns = 16 // what it gets before the rest of the name
)

// steps writes the table of the steps that there still are, each with its trend if there is room for it. The points
// of all are the same builds, so that they can be read from top to bottom.
func (t historyText) steps() {
	rows := t.rows()
	widths := columnWidths(rows)
	if trend := t.trendColumns(widths); trend > 0 {
		rows, widths = t.withTrend(rows, widths, trend)
	}
	widths[1] = max(min(widths[1], widths[1]-tableWidth(widths)+t.width), 8)
	for n, r := range rows {
		color := ""
		if n == 0 {
			color = dim
		}
		t.line(color, "%s", tableRow(r, widths))
	}
}

// trendColumns is how wide the trends can be beside columns of these widths, of which that of the names gives way; 0 is not at all.
func (t historyText) trendColumns(widths []int) int {
	points := len(t.Trend.Points)
	room := t.width - tableWidth(widths) + widths[1] - 2
	name := min(widths[1], max(minStepColumns, room-min(points, fairTrendColumns)))
	trend := min(points, room-name)
	if points < 2 || trend < min(points, minTrendColumns) {
		return 0
	}
	return trend
}

// rows are the cells of the table, the header first. Columns in which nothing would stand are left out.
func (t historyText) rows() [][]string {
	header := []string{"#", "STEP", "HIT RATE", "MISS", "OWN", "AFTER"}
	mayHit := slices.ContainsFunc(t.Steps, func(s history.Step) bool { return s.Current && s.MayHits > 0 })
	if mayHit {
		header = append(header, "MAY HIT")
	}
	timed := slices.ContainsFunc(t.Steps, func(s history.Step) bool { return s.Lost != nil })
	if timed {
		header = append(header, "LOST")
	}
	rows := [][]string{header}
	for i, s := range t.Steps {
		if !s.Current {
			continue
		}
		row := []string{fmt.Sprint(i + 1), cli.Visible(s.Name), StepRate(s), fmt.Sprint(s.Misses), fmt.Sprint(s.Own), after(s)}
		if mayHit {
			row = append(row, fmt.Sprint(s.MayHits))
		}
		if timed {
			row = append(row, seconds(s.Lost))
		}
		rows = append(rows, row)
	}
	return rows
}

// withTrend puts the trends behind the hit rates. Steps that there still are come first.
func (t historyText) withTrend(rows [][]string, widths []int, width int) ([][]string, []int) {
	column := max(width, len("TREND"))
	for i, r := range rows {
		trend := "TREND"
		if i > 0 {
			trend = StepSparkline(t.Steps[i-1].Trend, width, ' ')
		}
		trend += strings.Repeat(" ", column-utf8.RuneCountInString(trend))
		rows[i] = append(r[:3:3], append([]string{trend}, r[3:]...)...)
	}
	return rows, append(widths[:3:3], append([]int{column}, widths[3:]...)...)
}

// stepsHelp explains the table.
func (t historyText) stepsHelp() {
	t.line("", "")
	t.line(dim, "OWN misses have a cause of their own; the others follow, most AFTER that row")
	gone := 0
	for _, s := range t.Steps {
		if !s.Current {
			gone++
		}
	}
	if gone > 0 {
		t.line(dim, "%s of older Dockerfiles: see --format json or csv", Count(gone, "step"))
	}
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	return widths
}

// tableWidth is that of a row: two blanks stand between columns.
func tableWidth(widths []int) int {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	return total
}

// tableRow aligns cells: the second is text, and gives way where a row is too long; the others are figures.
func tableRow(row []string, widths []int) string {
	var cells []string
	for i, w := range widths {
		c := cli.Cut(row[i], w)
		pad := strings.Repeat(" ", w-utf8.RuneCountInString(c))
		if i == 1 {
			cells = append(cells, c+pad)
		} else {
			cells = append(cells, pad+c)
		}
	}
	return strings.Join(cells, "  ")
}
