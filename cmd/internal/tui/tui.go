// Package tui is the debugger on a full screen: program, areas, page table, page cache, copies and disk side by side,
// all of the same moment; of two processes the page tables are beside each other. Its keys are the prompt's commands, :
// opens a line for any other one, and a number shows one pane whole. What has changed by the last motion is marked with
// a sign, never by colour alone.
package tui

import (
	"bytes"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vmsim/cmd/internal/prompt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/session"
)

// keys are the commands that one key gives.
var keys = map[string]string{
	"n": "next", "down": "next", "s": "step", "i": "stepi", "right": "stepi", "f": "finish", "c": "continue",
	"b": "back", "up": "back", "S": "rs", "I": "rsi", "left": "rsi", "C": "rc", "home": "start", "end": "end",
	"w": "why fault", "?": "help", "enter": "",
}

// The last line of the screen, and what fits where the screen is narrow.
const (
	help  = "n next  s step  i stepi  f fin  c cont  b S I C back  0-7 whole  : line  q quit"
	brief = "n s i f c  b S I C  0-7 whole  : line  ? help  q quit"
)

// Screen is the program's state.
type Screen struct {
	prompt *prompt.Prompt
	out    *bytes.Buffer

	width, height int
	panes         [numPanes]pane
	said          []string // what the last command answered
	overlay       int      // lines of said scrolled away, where they fill the screen; -1 where they do not
	typing        bool
	input         string
	busy          bool
	plain         bool              // no colours
	from          session.Moment    // where the command at work began
	waiting       []tea.KeyPressMsg // typed while a command was at work
}

// Colours says whether a screen has any.
type Colours bool

// The choices.
const (
	Plain    Colours = false
	Coloured Colours = true
)

// New makes the screen for a program. Things take as long as costs say; nil for the defaults.
func New(prog *script.Program, colours Colours, costs *model.Costs, outside func(*prompt.Prompt)) (*Screen, error) {
	s := &Screen{out: &bytes.Buffer{}, width: 80, height: 24, overlay: -1, plain: colours == Plain}
	var err error
	if s.prompt, err = prompt.New(prog, s.out, costs); err != nil {
		return nil, err
	}
	outside(s.prompt)
	s.look()
	return s, nil
}

// Close ends the session.
func (s *Screen) Close() { s.prompt.Session.Close() }

// done tells that a command is over.
type done struct{}

// Init does nothing: the first screen is there.
func (s *Screen) Init() tea.Cmd { return nil }

// Update takes in a key, a new size, or the end of a command.
func (s *Screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = m.Width, m.Height
	case done:
		s.busy = false
		s.answered()
		if s.prompt.Quit() {
			return s, tea.Quit
		}
		return s, s.typedAhead()
	case tea.PasteMsg:
		if s.typing {
			s.input += m.Content
		}
	case tea.KeyPressMsg:
		return s, s.key(m)
	}
	return s, nil
}

// typedAhead takes in the keys that came while a command was at work, up to the next command.
func (s *Screen) typedAhead() tea.Cmd {
	for len(s.waiting) > 0 && !s.busy {
		m := s.waiting[0]
		s.waiting = s.waiting[1:]
		if cmd := s.key(m); cmd != nil {
			return cmd
		}
	}
	return nil
}

func (s *Screen) key(m tea.KeyPressMsg) tea.Cmd {
	name := m.String()
	switch {
	case name == "ctrl+c" && s.busy:
		s.prompt.Session.Interrupt()
		return nil
	case s.busy:
		s.waiting = append(s.waiting, m)
		return nil
	case s.typing:
		return s.typed(m)
	case name == "ctrl+c" || name == "q" && s.overlay < 0:
		return tea.Quit
	case s.overlay >= 0 && s.scroll(name):
		return nil
	case name == ":":
		s.typing, s.input = true, ""
		return nil
	}
	if line, ok := keys[name]; ok {
		return s.do(line)
	}
	if name == "0" {
		s.overlay = 0
		return nil
	}
	if len(name) == 1 && name >= "1" && name <= "7" && s.panes[name[0]-'1'].title != "" {
		s.say(s.panes[name[0]-'1'].whole())
		s.overlay = 0
	}
	return nil
}

// say takes in lines to be shown, broken where they are wider than the screen: between words, if there is a space in
// the last half.
func (s *Screen) say(lines []string) {
	const indent = "    "
	s.said = nil
	for _, l := range lines {
		r := []rune(l)
		for len(r) > s.width && s.width > 2*len(indent) {
			at := s.width
			for at > s.width/2 && r[at] != ' ' {
				at--
			}
			if at == s.width/2 {
				at = s.width
			}
			s.said = append(s.said, string(r[:at]))
			r = []rune(indent + strings.TrimLeft(string(r[at:]), " "))
		}
		s.said = append(s.said, string(r))
	}
}

// typed takes in a key of the line that is being typed.
func (s *Screen) typed(m tea.KeyPressMsg) tea.Cmd {
	switch name := m.String(); name {
	case "enter":
		s.typing = false
		return s.do(s.input)
	case "esc", "ctrl+c":
		s.typing = false
	case "backspace":
		if s.input == "" {
			s.typing = false
			return nil
		}
		r := []rune(s.input)
		s.input = string(r[:len(r)-1])
	case "tab":
		s.completeInput()
	default:
		s.input += m.Text
	}
	return nil
}

// completeInput lengthens the line by what all words that fit begin with, or shows the words.
func (s *Screen) completeInput() {
	at, words := s.prompt.Complete(s.input)
	if len(words) == 0 {
		return
	}
	longer := s.input[:at] + commonStart(words)
	if longer == s.input && len(words) > 1 {
		s.say([]string{strings.Join(words, "  ")})
	}
	s.input = longer
}

// commonStart is what all words begin with.
func commonStart(words []string) string {
	start := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, start) {
			start = start[:len(start)-1]
		}
	}
	return start
}

// do runs a command beside the screen, so that Ctrl-C works meanwhile.
func (s *Screen) do(line string) tea.Cmd {
	s.busy, s.from = true, s.prompt.Session.At()
	s.prompt.Session.Uninterrupt()
	s.out.Reset()
	return func() tea.Msg {
		if err := s.prompt.Line(line); err != nil {
			s.out.WriteString(err.Error())
		}
		return done{}
	}
}

// Do does a line as if it were typed, and waits for its end.
func (s *Screen) Do(line string) { s.Update(s.do(line)()) }

// Resize gives the screen so many columns and rows.
func (s *Screen) Resize(columns, rows int) { s.width, s.height = columns, rows }

// answered takes in what a command has printed, and looks at the machine anew.
func (s *Screen) answered() {
	s.say(strings.Split(strings.TrimRight(s.out.String(), "\n"), "\n"))
	s.overlay = -1
	if len(s.said) > s.saidRows()-1 && s.prompt.Session.At() == s.from {
		s.overlay = 0 // a motion leaves the panes to be seen
	}
	s.look()
}

// scroll moves through an answer that fills the screen. Any other key ends it, and, but for these, does what it always
// does.
func (s *Screen) scroll(name string) (used bool) {
	page := s.height - 2
	switch name {
	case "down", "j":
		s.overlay = min(s.overlay+1, max(0, len(s.said)-page))
	case "up", "k":
		s.overlay = max(0, s.overlay-1)
	case "pgdown", "space":
		if s.overlay+page >= len(s.said) {
			s.overlay = -1
			return true
		}
		s.overlay += page
	case "pgup":
		s.overlay = max(0, s.overlay-page)
	default:
		s.overlay = -1
		return name == "q" || name == "esc" || name == "enter"
	}
	return true
}
