package main

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/tui"
)

// docPictures are the pictures of docs/pictures.md, each with the command that draws it and what it shows.
var docPictures = []struct{ kind, file, says string }{
	{"faults", "docs/examples/several.vms", "Each dot is a page fault. A major fault had to wait for the disk; after " +
		"it, the pages that were read with it cost minor faults only, or none."},
	{"readahead", "docs/examples/readahead.vms", "The disk reads more than is asked for: the distance between the " +
		"curves is what was read ahead, and not mapped or copied yet."},
	{"compare", "docs/examples/sequential.vms", "Both ways go through the page cache and move the same bytes by DMA; " +
		"read() copies each of them to the user as well."},
	{"scale", "", "The first page of a file is the dear one. read() costs a system call and a copy a page; mmap a " +
		"fault for every sixteen."},
}

// picturesDoc is the page of pictures.
func picturesDoc(b *strings.Builder) {
	b.WriteString("# Pictures\n\n`vmsim plot KIND FILE` draws with characters; `-o FILE.svg`, `.png` and `.csv` " +
		"write a file. `vmsim export` gives the\n" +
		"same steps to Perfetto, pprof, asciinema and to programs of your own.\n")
	for _, p := range docPictures {
		line := strings.TrimSpace("vmsim plot " + p.kind + " " + p.file)
		fmt.Fprintf(b, "\n## %s\n\n```sh\n%s\n```\n\n%s\n![%s](plot-%s.svg)\n", strings.ToUpper(p.kind[:1])+p.kind[1:],
			line, strings.Join(wrap(p.says, 115), "\n")+"\n", line, p.kind)
	}
}

// picture is the writer of one of them.
func picture(kind string) func(*strings.Builder) {
	return func(b *strings.Builder) {
		for _, p := range docPictures {
			if p.kind != kind {
				continue
			}
			c, err := pictures[kind](&app{err: new(strings.Builder)}, p.file)
			if err == nil {
				err = c.Write(b, "plot.svg")
			}
			if err != nil {
				panic(err)
			}
		}
	}
}

// The size of the full screen's picture, in characters, and of a character.
const (
	screenColumns, screenRows = 100, 30
	charWide, charHigh        = 8.4, 18
)

// screenPicture is the full screen after a copy-on-write, as a picture.
func screenPicture(b *strings.Builder) {
	s := picturedScreen()
	defer s.Close()
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" font-family=\"ui-monospace, "+
		"Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" role=\"img\">\n<title>vmsim tui "+
		"docs/examples/cow.vms</title>\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#11161d\"/>\n",
		screenColumns*charWide+24, screenRows*charHigh+22)
	for i, line := range s.Lines() {
		lineOfScreen(b, line, 24+i*charHigh)
	}
	b.WriteString("</svg>\n")
}

// picturedScreen is the full screen after a few statements.
func picturedScreen() *tui.Screen {
	prog, err := (&app{}).program("docs/examples/cow.vms")
	if err != nil {
		panic(err)
	}
	s, err := tui.New(prog, tui.Coloured, nil, func(*prompt.Prompt) {})
	if err != nil {
		panic(err)
	}
	s.Resize(screenColumns, screenRows)
	for range 5 {
		s.Do("next")
	}
	return s
}

// lineOfScreen draws a line of the screen: a text for each part of one colour.
func lineOfScreen(b *strings.Builder, line string, y int) {
	column := 0
	for _, part := range painted.FindAllStringSubmatch(line, -1) {
		text := part[2]
		wide := utf8.RuneCountInString(text)
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" xml:space=\"preserve\" %s>%s</text>\n",
				12+float64(column)*charWide, y, float64(wide)*charWide, inks[part[1]], html.EscapeString(text))
		}
		column += wide
	}
}

// painted is a part of a line of the screen: its colour, and its text.
var painted = regexp.MustCompile("(?:\x1b\\[([0-9;]+)m)?([^\x1b]+)(?:\x1b\\[0m)?")

// inks are the screen's colours in a picture.
var inks = map[string]string{
	"": `fill="#d7dde6"`, "1": `fill="#ffffff" font-weight="bold"`, "36": `fill="#7fd7e8"`,
	"1;33": `fill="#ffd866" font-weight="bold"`, "1;32": `fill="#9be38b" font-weight="bold"`,
}
