// Package chart draws curves: as SVG, PNG, CSV, and with characters in a terminal.
package chart

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Point is a point of a curve.
type Point struct{ X, Y float64 }

// Drawing is how a curve is drawn.
type Drawing uint8

// The drawings.
const (
	Line Drawing = iota // points with lines between them
	Dots                // points alone
	Bars                // a bar for each point, beside those of the other curves; X counts the chart's names, from 0
)

// Curve is points, with a name for the legend.
type Curve struct {
	Name    string
	Points  []Point
	Drawing Drawing
}

// Scale is what equal distances on the X axis mean.
type Scale uint8

// The scales.
const (
	Logarithmic Scale = iota // equal ratios, from the smallest X above 0
	Linear                   // equal differences, from 0
)

// Chart is curves over one pair of axes. Y begins at 0.
type Chart struct {
	Title, X, Y string
	Scale       Scale
	Names       []string // of the places on the X axis, for bars
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
	style(p)
	p.Y.Min, p.Y.Max = 0, c.top()
	p.X.Min, p.X.Max = c.span()
	p.Add(plotter.NewGrid())
	if c.Scale == Logarithmic && len(c.Names) == 0 {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	}
	if len(c.Names) > 0 {
		p.NominalX(c.Names...)
	}
	if c.Scale == Linear || len(c.Names) > 0 {
		p.Y.Max *= 1.25 // room for the legend
	}
	for i, curve := range c.Curves {
		if err := c.add(p, i, curve); err != nil {
			return fmt.Errorf("%s: %w", curve.Name, err)
		}
	}
	if format == "svg" {
		text, err := svg(p)
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	sheet, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return err
	}
	onto(p, sheet)
	_, err = sheet.WriteTo(w)
	return err
}

// sans is the font of pictures.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// style gives every text of a plot the font of pictures.
func style(p *plot.Plot) {
	for _, s := range []*text.Style{
		&p.Title.TextStyle, &p.Legend.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label,
		&p.Y.Tick.Label,
	} {
		s.Font = font.From(sans, s.Font.Size)
	}
	p.Title.TextStyle.Font.Size, p.Title.Padding = heading, vg.Points(6)
	p.Legend.Top, p.Legend.TextStyle.Font.Size, p.Legend.Padding = true, small, vg.Points(2)
	p.X.Label.Padding, p.Y.Label.Padding = vg.Points(4), vg.Points(4)
}

// add adds a curve to a plot. Colour alone does not tell curves apart: dashes and the shapes of the dots do, too.
func (c Chart) add(p *plot.Plot, i int, curve Curve) error {
	if curve.Drawing == Bars {
		return c.bars(p, i, curve)
	}
	line, dots, err := plotter.NewLinePoints(pointsOf(p, curve))
	if err != nil {
		return err
	}
	line.Color, line.Dashes, line.Width = palette(i), plotutil.Dashes(i), vg.Points(1.5)
	dots.Color, dots.Shape, dots.Radius = palette(i), plotutil.Shape(i), vg.Points(2)
	if curve.Drawing == Dots {
		dots.Radius = vg.Points(3)
		p.Add(dots)
		p.Legend.Add(curve.Name, dots)
		return nil
	}
	p.Add(line, dots)
	p.Legend.Add(curve.Name, line, dots)
	return nil
}

// pointsOf are the points of a curve; none lies before the start of the axis, which a logarithmic one needs.
func pointsOf(p *plot.Plot, curve Curve) plotter.XYs {
	points := make(plotter.XYs, len(curve.Points))
	for j, q := range curve.Points {
		points[j] = plotter.XY{X: math.Max(q.X, p.X.Min), Y: q.Y}
	}
	return points
}

func (c Chart) bars(p *plot.Plot, i int, curve Curve) error {
	values := make(plotter.Values, len(c.Names))
	for _, q := range curve.Points {
		values[int(q.X)] = q.Y
	}
	wide := vg.Length(float64(width) * 0.62 / float64(len(c.Names)*len(c.Curves)))
	bars, err := plotter.NewBarChart(values, wide)
	if err != nil {
		return err
	}
	bars.Color, bars.LineStyle.Width = palette(i), 0
	bars.Offset = wide * vg.Length(float64(i)-float64(len(c.Curves)-1)/2)
	p.Add(bars)
	p.Legend.Add(curve.Name, bars)
	return c.label(p, curve, bars.Offset)
}

// label writes the curve's name over each of its bars, so that colour alone does not tell them apart.
func (c Chart) label(p *plot.Plot, curve Curve, right vg.Length) error {
	var over plotter.XYLabels
	for _, q := range curve.Points {
		if q.Y > 0 {
			over.XYs, over.Labels = append(over.XYs, plotter.XY{X: q.X, Y: q.Y}), append(over.Labels, curve.Name)
		}
	}
	if over.XYs == nil {
		return nil
	}
	labels, err := plotter.NewLabels(over)
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].XAlign, labels.TextStyle[i].Font = draw.XCenter, font.From(sans, small)
	}
	labels.Offset = vg.Point{X: right, Y: vg.Points(3)}
	p.Add(labels)
	return nil
}

// palette are colours that people tell apart who do not see all of them (Okabe and Ito, 2008).
func palette(i int) color.Color {
	colours := [...]color.RGBA{
		{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {0, 0, 0, 255},
		{86, 180, 233, 255}, {230, 159, 0, 255},
	}
	return colours[i%len(colours)]
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
	if c.Scale == Linear {
		low = 0
	}
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			if p.X > 0 {
				low, high = math.Min(low, p.X), math.Max(high, p.X)
			}
		}
	}
	switch {
	case len(c.Names) > 0:
		return -0.5, float64(len(c.Names)) - 0.5
	case math.IsInf(low, 1) || high == 0:
		return 1, 10
	case low == high:
		high = 2*low + 1
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
