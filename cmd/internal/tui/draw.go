package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// View draws the screen.
func (s *Screen) View() tea.View {
	v := tea.NewView(strings.Join(s.Lines(), "\n"))
	v.AltScreen = true
	v.WindowTitle = "vmsim"
	return v
}

// Lines is the screen as text.
func (s *Screen) Lines() []string {
	if s.overlay >= 0 {
		return s.overlayLines()
	}
	out := []string{s.fit(s.header(), s.width)}
	rows := s.paneRows()
	for pair := range numPanes / 2 {
		left, right := &s.panes[2*pair], &s.panes[2*pair+1]
		half := s.width / 2
		a, b := left.draw(half-1, rows[pair]), right.draw(s.width-half-1, rows[pair])
		for i := range a {
			out = append(out, s.fit(a[i], half-1)+"│ "+strings.TrimRight(s.fit(b[i], s.width-half-1), " "))
		}
	}
	out = append(out, s.saidLines()...)
	return append(out, s.bottom())
}

func (s *Screen) header() string {
	if s.busy {
		return "vmsim: at work; Ctrl-C stops it"
	}
	ss := s.prompt.Session
	return fmt.Sprintf("vmsim  t=%d of %d  branch %d", ss.At(), ss.Branch().End(), ss.Branch().ID)
}

// paneRows are the heights of the three rows of panes, titles included.
func (s *Screen) paneRows() [3]int {
	free := max(9, s.height-2-s.saidRows())
	last := 4
	first := (free - last + 1) / 2
	return [3]int{first, free - last - first, last}
}

// saidRows is how many lines the last answer has on the screen.
func (s *Screen) saidRows() int { return max(4, s.height/6) }

// saidLines are the last lines of the answer.
func (s *Screen) saidLines() []string {
	rows := s.saidRows()
	lines := s.said
	if len(lines) > rows-1 {
		lines = lines[len(lines)-(rows-1):]
	}
	out := []string{strings.Repeat("─", s.width)}
	for i := range rows - 1 {
		text := ""
		if i < len(lines) {
			text = lines[i]
		}
		out = append(out, strings.TrimRight(s.fit(text, s.width), " "))
	}
	return out
}

func (s *Screen) bottom() string {
	if s.typing {
		return s.fit(":"+s.input+"_", s.width)
	}
	return strings.TrimRight(s.fit(help, s.width), " ")
}

// overlayLines show an answer that needs the whole screen.
func (s *Screen) overlayLines() []string {
	page := s.height - 1
	out := make([]string, 0, s.height)
	for i := s.overlay; i < len(s.said) && len(out) < page; i++ {
		out = append(out, strings.TrimRight(s.fit(s.said[i], s.width), " "))
	}
	for len(out) < page {
		out = append(out, "")
	}
	return append(out,
		fmt.Sprintf("lines %d-%d of %d: up, down, space; any other key goes back", s.overlay+1,
			min(len(s.said), s.overlay+page), len(s.said)))
}

// fit cuts a line to the width, or fills it with spaces.
func (s *Screen) fit(text string, width int) string {
	r := []rune(text)
	if len(r) > width {
		return string(r[:max(0, width-1)]) + "…"
	}
	return text + strings.Repeat(" ", width-len(r))
}

// draw is the pane in so many lines: its title, and the part of it where something has changed, which a * marks.
func (p *pane) draw(width, rows int) []string {
	title := "── " + p.title + " "
	out := []string{title + strings.Repeat("─", max(0, width-len([]rune(title))))}
	at := p.at
	if at < 0 {
		at = max(0, slices.IndexFunc(p.lines, p.changed))
	}
	from := max(0, min(at-1, len(p.lines)-(rows-1)))
	for i := from; len(out) < rows; i++ {
		switch {
		case i >= len(p.lines):
			out = append(out, "")
		case p.changed(p.lines[i]) && p.at < 0:
			out = append(out, "*"+p.lines[i])
		default:
			out = append(out, " "+p.lines[i])
		}
	}
	return out
}

// changed reports whether a line was not there before the last motion.
func (p *pane) changed(line string) bool { return p.before != nil && !slices.Contains(p.before, line) }
