// Package chart draws curves: as SVG, PNG, CSV, and with characters in a terminal.
package chart

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// Point is a point of a curve.
type Point struct{ X, Y float64 }

// Curve is a line through points, with a name for the legend.
type Curve struct {
	Name   string
	Points []Point
}

// Chart is curves over one pair of axes. X is logarithmic, from the smallest X above 0; Y begins at 0.
type Chart struct {
	Title, X, Y string
	Curves      []Curve
}

// Formats are the endings of the files that Write makes.
var Formats = []string{".svg", ".png", ".csv"}

// Write draws a chart in the format that the ending of a file's name says.
func (c Chart) Write(w io.Writer, name string) error {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".csv":
		return c.csv(w)
	case ".svg", ".png":
		return c.picture(w, ext[1:])
	default:
		return fmt.Errorf("%s: pictures are %s", name, strings.Join(Formats, ", "))
	}
}

func (c Chart) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"curve", c.X, c.Y})
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			_ = out.Write([]string{
				curve.Name, strconv.FormatFloat(p.X, 'g', -1, 64), strconv.FormatFloat(p.Y, 'g', 6, 64),
			})
		}
	}
	out.Flush()
	return out.Error()
}

// The size of a picture, and of what is written in it.
const (
	width, height  = 8 * vg.Inch, 5 * vg.Inch
	small, heading = font.Length(11), font.Length(14)
)

func (c Chart) picture(w io.Writer, format string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Title.TextStyle.Font.Size = heading
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	p.Y.Min, p.Y.Max = 0, c.top()
	p.X.Min, p.X.Max = c.span()
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.TextStyle.Font.Size = true, small
	for i, curve := range c.Curves {
		points := make(plotter.XYs, len(curve.Points))
		for j, q := range curve.Points {
			points[j] = plotter.XY{X: math.Max(q.X, p.X.Min), Y: q.Y}
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("%s: %w", curve.Name, err)
		}
		// Colour alone does not tell curves apart: dashes and the shapes of the dots do, too.
		line.Color, line.Dashes, line.Width = plotutil.Color(i), plotutil.Dashes(i), vg.Points(1.5)
		dots.Color, dots.Shape, dots.Radius = plotutil.Color(i), plotutil.Shape(i), vg.Points(2)
		p.Add(line, dots)
		p.Legend.Add(curve.Name, line, dots)
	}
	picture, err := p.WriterTo(width, height, format)
	if err != nil {
		return err
	}
	// An SVG is a text file: it ends with a line.
	var b bytes.Buffer
	if _, err := picture.WriteTo(&b); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// decades marks the powers of ten and of the numbers between them.
type decades struct{}

func (decades) Ticks(low, high float64) (ticks []plot.Tick) {
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high; power *= 10 {
		for digit := 1.0; digit < 10; digit++ {
			label := ""
			if digit == 1 {
				label = strconv.FormatFloat(power, 'f', -1, 64)
			}
			if at := digit * power; at >= low && at <= high {
				ticks = append(ticks, plot.Tick{Value: at, Label: label})
			}
		}
	}
	return ticks
}

// span is the range of X.
func (c Chart) span() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			if p.X > 0 {
				low, high = math.Min(low, p.X), math.Max(high, p.X)
			}
		}
	}
	if high == 0 {
		return 1, 10
	}
	if low == high {
		high = 2 * low
	}
	return low, high
}

// top is where Y ends.
func (c Chart) top() float64 {
	top := 0.0
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			top = math.Max(top, p.Y)
		}
	}
	if top == 0 {
		return 1
	}
	return top
}

// Text draws a chart with characters: a letter for each curve.
func (c Chart) Text(w io.Writer, columns, rows int) error {
	const margin = 8
	columns = max(columns-margin, 20)
	grid := make([][]byte, rows)
	for i := range grid {
		grid[i] = bytes.Repeat([]byte{' '}, columns)
	}
	low, high := c.span()
	top, wide := c.top(), math.Log(high)-math.Log(low)
	for i, curve := range c.Curves {
		for _, p := range curve.Points {
			x := int(math.Round((math.Log(math.Max(p.X, low)) - math.Log(low)) / wide * float64(columns-1)))
			y := rows - 1 - int(math.Round(p.Y/top*float64(rows-1)))
			if grid[y][x] == ' ' {
				grid[y][x] = letter(i)
			}
		}
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n", c.Title)
	for i, row := range grid {
		label := ""
		if i%5 == 0 || i == rows-1 {
			label = strconv.FormatFloat(top*float64(rows-1-i)/float64(rows-1), 'f', 3, 64)
		}
		fmt.Fprintf(out, "%6s |%s\n", label, strings.TrimRight(string(row), " "))
	}
	right := strconv.FormatFloat(high, 'f', -1, 64)
	left := strconv.FormatFloat(low, 'f', -1, 64)
	middle := c.X + ", logarithmic"
	gap := columns - len(left) - len(middle) - len(right)
	fmt.Fprintf(out, "%6s +%s\n", "", strings.Repeat("-", columns))
	fmt.Fprintf(
		out,
		"%7s%s%s%s%s%s\n",
		"",
		left,
		strings.Repeat(" ", max(1, gap/2)),
		middle,
		strings.Repeat(" ", max(1, gap-gap/2)),
		right,
	)
	for i, curve := range c.Curves {
		fmt.Fprintf(out, "%7s%c %s\n", "", letter(i), curve.Name)
	}
	return out.Flush()
}

func letter(i int) byte { return "*ox+#@%&=$"[i%10] }
