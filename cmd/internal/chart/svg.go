package chart

import (
	"bytes"
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// edge is what stays empty around a picture.
const edge = vg.Length(7)

// onto draws a plot on a white sheet.
func onto(p *plot.Plot, sheet vg.CanvasSizer) {
	c := draw.New(sheet)
	c.SetColor(p.BackgroundColor)
	c.Fill(c.Rectangle.Path())
	p.Draw(draw.Crop(c, edge, -edge, edge, -edge))
}

// families are the fonts whose letters are as wide as those that the plot is laid out with, and any other.
const families = "'Liberation Sans',Arial,Helvetica,sans-serif"

// measured is a canvas that keeps how wide each text is.
type measured struct {
	*vgsvg.Canvas
	widths []vg.Length
}

func (m *measured) FillString(f font.Face, at vg.Point, text string) {
	m.widths = append(m.widths, f.Width(text))
	m.Canvas.FillString(f, at, text)
}

// svg is a plot whose texts are as wide as they were laid out, also where another font takes the place of theirs.
func svg(p *plot.Plot) ([]byte, error) {
	m := &measured{Canvas: vgsvg.New(width, height)}
	onto(p, m)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(b.String(), "<text ")
	out := []byte(first)
	for i, text := range strings.Split(rest, "<text ") {
		if i < len(m.widths) {
			out = fmt.Appendf(out, `<text textLength="%.5g" lengthAdjust="spacingAndGlyphs" `, m.widths[i].Points())
		}
		out = append(out, strings.Replace(text, "Liberation Sans", families, 1)...)
	}
	return out, nil
}
