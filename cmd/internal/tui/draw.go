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
	out := []string{s.paint(heading, s.fit(s.header(), s.width))}
	rows := s.paneRows()
	for i, pair := range s.layout() {
		half := s.width / 2
		left, right := s.pane(pair[0], half-1, rows[i]), s.pane(pair[1], s.width-half-1, rows[i])
		for j := range left {
			out = append(out, left[j]+"│ "+right[j])
		}
	}
	out = append(out, s.saidLines()...)
	return append(out, s.bottom())
}

// pane is a pane in so many columns and rows, in colour where that is wanted.
func (s *Screen) pane(n, width, rows int) []string {
	lines := s.panes[n].draw(n, width, rows)
	for i, l := range lines {
		text := s.fit(l, width)
		switch {
		case i == 0:
			lines[i] = s.paint(title, text)
		case strings.HasPrefix(l, "*"):
			lines[i] = s.paint(fresh, text)
		case n == program && strings.HasPrefix(l, " >"):
			lines[i] = s.paint(here, text)
		default:
			lines[i] = text
		}
	}
	return lines
}

// The colours of the screen. Each goes with a sign: what has changed has a *, the next statement a >.
const (
	heading = "1"    // bold
	title   = "36"   // cyan
	fresh   = "1;33" // bold yellow
	here    = "1;32" // bold green
	reset   = "\x1b[0m"
)

// paint puts a text into a colour, where the user wants any.
func (s *Screen) paint(colour, text string) string {
	if s.plain {
		return text
	}
	return "\x1b[" + colour + "m" + text + reset
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
	if s.layout()[2][1] == cache {
		last = 6
	}
	first := (free - last + 1) / 2
	return [3]int{first, free - last - first, last}
}

// saidRows is how many lines the last answer has on the screen.
func (s *Screen) saidRows() int { return max(4, s.height/6) }

// saidLines are the last lines of the answer. Where there are more, the line above says so, and a key shows them all.
func (s *Screen) saidLines() []string {
	rows := s.saidRows()
	lines, title := s.said, ""
	if all := len(lines); all > rows-1 {
		lines = lines[all-(rows-1):]
		title = fmt.Sprintf("─ 0 last answer (%d-%d of %d) ", all-rows+2, all, all)
	}
	out := []string{title + strings.Repeat("─", max(0, s.width-len([]rune(title))))}
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
	if len(help) > s.width {
		return strings.TrimRight(s.fit(brief, s.width), " ")
	}
	return help
}

// overlayLines show an answer that needs the whole screen.
func (s *Screen) overlayLines() []string {
	page := s.height - 1
	out := make([]string, 0, s.height)
	for i := s.overlay; i < len(s.said) && len(out) < page; i++ {
		out = append(out, s.said[i])
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

// draw is the pane in so many lines: its key and title, and the part of it where something has changed, marked by a *.
// Where there is more, the title says how much, and the key shows all of it.
func (p *pane) draw(number, width, rows int) []string {
	at := p.at
	if at < 0 {
		at = max(0, slices.IndexFunc(p.lines, p.changed))
	}
	from := max(0, min(at-1, len(p.lines)-(rows-1)))
	title := fmt.Sprintf("─ %d %s ", number+1, p.title)
	if len(p.lines) > rows-1 {
		title += fmt.Sprintf("(%d-%d of %d) ", from+1, from+rows-1, len(p.lines))
	}
	out := []string{title + strings.Repeat("─", max(0, width-len([]rune(title))))}
	for i := from; len(out) < rows; i++ {
		if i >= len(p.lines) {
			out = append(out, "")
			continue
		}
		out = append(out, p.marked(p.lines[i]))
	}
	return out
}

// marked is a line with its sign.
func (p *pane) marked(line string) string {
	if p.changed(line) && p.at < 0 {
		return "*" + line
	}
	return " " + line
}

// whole is the pane with all its lines, none of them cut.
func (p *pane) whole() []string {
	out := []string{p.title, ""}
	for _, l := range p.lines {
		out = append(out, p.marked(l))
	}
	return out
}

// changed reports whether a line was not there before the last motion.
func (p *pane) changed(line string) bool { return p.before != nil && !slices.Contains(p.before, line) }
