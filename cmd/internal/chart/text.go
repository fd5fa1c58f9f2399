package chart

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// margin is the room for the numbers of the Y axis.
const margin = 9

// Text draws a chart with characters: a letter for each curve.
func (c Chart) Text(w io.Writer, columns, rows int) error {
	columns = max(columns-margin, 20)
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n", c.Title)
	if len(c.Names) > 0 {
		c.textBars(out, columns)
		return out.Flush()
	}
	top := c.top()
	for i, row := range c.grid(columns, rows) {
		label := ""
		if i%5 == 0 || i == rows-1 {
			label = number(top*float64(rows-1-i)/float64(rows-1), top)
		}
		fmt.Fprintf(out, "%7s |%s\n", label, strings.TrimRight(string(row), " "))
	}
	low, high := c.span()
	right := strconv.FormatFloat(high, 'f', -1, 64)
	left := strconv.FormatFloat(low, 'f', -1, 64)
	middle := c.X
	if c.Scale == Logarithmic {
		middle += ", logarithmic"
	}
	gap := columns - len(left) - len(middle) - len(right)
	fmt.Fprintf(out, "%7s +%s\n", "", strings.Repeat("-", columns))
	fmt.Fprintf(out, "%8s%s%s%s%s%s\n", "", left, strings.Repeat(" ", max(1, gap/2)), middle,
		strings.Repeat(" ", max(1, gap-gap/2)), right)
	fmt.Fprintf(out, "%8s%s:\n", "", c.Y)
	for i, curve := range c.Curves {
		fmt.Fprintf(out, "%8s%c %s\n", "", letter(i), curve.Name)
	}
	return out.Flush()
}

// grid is the chart's field: a letter where a curve has a point.
func (c Chart) grid(columns, rows int) [][]byte {
	grid := make([][]byte, rows)
	for i := range grid {
		grid[i] = bytes.Repeat([]byte{' '}, columns)
	}
	low, high := c.span()
	place := func(x float64) float64 { return (x - low) / (high - low) }
	if c.Scale == Logarithmic {
		place = func(x float64) float64 { return math.Log(math.Max(x, low)/low) / math.Log(high/low) }
	}
	top := c.top()
	for i, curve := range c.Curves {
		for _, p := range curve.Points {
			x := int(math.Round(place(p.X) * float64(columns-1)))
			y := rows - 1 - int(math.Round(p.Y/top*float64(rows-1)))
			if grid[y][x] == ' ' {
				grid[y][x] = letter(i)
			}
		}
	}
	return grid
}

// textBars draws the bars to the right, those of one name below each other.
func (c Chart) textBars(out io.Writer, columns int) {
	const label = 22
	top := c.top()
	for n, name := range c.Names {
		fmt.Fprintf(out, "%s\n", name)
		for i, curve := range c.Curves {
			for _, p := range curve.Points {
				if int(p.X) == n {
					wide := int(math.Round(p.Y / top * float64(columns-label-8)))
					fmt.Fprintf(out, "  %-*s %s %s\n", label-3, curve.Name,
						strings.Repeat(string(letter(i)), wide), number(p.Y, top))
				}
			}
		}
	}
	fmt.Fprintf(out, "in %s\n", c.Y)
}

// number is a value, with as many digits as the largest wants.
func number(v, top float64) string {
	if top >= 100 || v == math.Trunc(v) && top > 1 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func letter(i int) byte { return "*ox+#@%&=$"[i%10] }
