package chart_test

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/cmd/internal/chart"
)

func sample() chart.Chart {
	return chart.Chart{
		Title: "misses", X: "pages", Y: "ratio",
		Curves: []chart.Curve{
			{Name: "lru", Points: []chart.Point{{1, 1}, {10, .5}, {100, .25}, {1000, 0}}},
			{Name: "clock", Points: []chart.Point{{0, 1}, {10, .75}}},
		},
	}
}

func TestPicturesOfEachFormatCanBeRead(t *testing.T) {
	var svg, pixels, table bytes.Buffer
	require.NoError(t, sample().Write(&svg, "a.svg"))
	isXML(t, &svg)
	require.NoError(t, sample().Write(&pixels, "b.PNG"))
	picture, err := png.Decode(&pixels)
	require.NoError(t, err)
	assert.Greater(t, picture.Bounds().Dx(), 500)
	require.NoError(t, sample().Write(&table, "c.csv"))
	assert.Equal(
		t,
		"curve,pages,ratio\nlru,1,1\nlru,10,0.5\nlru,100,0.25\nlru,1000,0\nclock,0,1\nclock,10,0.75\n",
		table.String(),
	)
	assert.ErrorContains(t, sample().Write(io.Discard, "d.pdf"), "d.pdf: pictures are .svg, .png, .csv")
}

func isXML(t *testing.T, r io.Reader) {
	t.Helper()
	decoder := xml.NewDecoder(r)
	for {
		_, err := decoder.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
	}
}

func TestCharactersStandWhereThePointsAre(t *testing.T) {
	var b strings.Builder
	require.NoError(t, sample().Text(&b, 48, 5))
	assert.Equal(t, `misses
  1.000 |*
        |             o
        |             *
        |                         *
  0.000 |                                      *
        +---------------------------------------
        1        pages, logarithmic        1000
        ratio:
        * lru
        o clock
`, b.String())
}

func TestBarsOfANameStandBelowEachOther(t *testing.T) {
	c := chart.Chart{Title: "moved", X: "kind", Y: "KiB", Names: []string{"in", "out"}, Curves: []chart.Curve{
		{Name: "read", Drawing: chart.Bars, Points: []chart.Point{{X: 0, Y: 10}, {X: 1, Y: 5}}},
		{Name: "mmap", Drawing: chart.Bars, Points: []chart.Point{{X: 0, Y: 10}, {X: 1, Y: 0}}},
	}}
	var b strings.Builder
	require.NoError(t, c.Text(&b, 49, 5))
	assert.Equal(t, `moved
in
  read                ********** 10
  mmap                oooooooooo 10
out
  read                ***** 5
  mmap                 0
in KiB
`, b.String())
	for _, name := range chart.Formats {
		require.NoError(t, c.Write(&b, name), name)
	}
}

func TestChartsWithoutPointsAreDrawnEmpty(t *testing.T) {
	for _, name := range []string{"a.svg", "a.csv"} {
		assert.NoError(t, chart.Chart{}.Write(io.Discard, name))
	}
	assert.NoError(t, chart.Chart{Curves: []chart.Curve{{Points: []chart.Point{{5, 0}}}}}.Text(io.Discard, 80, 20))
}

// A viewer that has another font squeezes or stretches its letters, so that no text runs into what is beside it.
func TestTextsOfAnSVGAreAsWideAsTheyWereLaidOut(t *testing.T) {
	var b strings.Builder
	if err := sample().Write(&b, "x.svg"); err != nil {
		t.Fatal(err)
	}
	texts := strings.Count(b.String(), "<text ")
	if wide := strings.Count(b.String(), `<text textLength="`); wide != texts || texts < 6 {
		t.Errorf("%d of %d texts have a width", wide, texts)
	}
	if others := strings.Count(b.String(), `'Liberation Sans',Arial,`); others != texts {
		t.Errorf("%d of %d texts name other fonts", others, texts)
	}
}
