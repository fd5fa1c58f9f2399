// Package prompt is the interactive debugger: lines in, text out.
//
// What looks like C is the program (p[0] = 'x', mmap(…)); bare words are commands; words that begin with a dot are
// directives. The commands are one table, which help, completion and docs/commands.md are made from. Nothing here knows
// of a terminal: a line editor, a file of commands, a full-screen program and a test all call Line.
package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/session"
)

// Prompt is one conversation about one program.
type Prompt struct {
	Session *session.Session
	// Outside are commands that only the program around the prompt can do, by name.
	Outside map[string]func(out io.Writer, rest string) error
	// Sealed refuses the commands that read or write files: the person who types is not the one who started vmsim.
	Sealed bool

	out        io.Writer
	json       bool
	repeat     string              // the step command that an empty line repeats
	displays   []string            // views that are shown after every motion
	shown      map[string][]string // what views looked like when they were last shown
	asked      *question           // waits for its answer
	score      score
	questioned int // the line of the program whose question was put last
	aliases    map[string]string
	reading    int         // files that read each other
	kept       *transcript // nil for none
	plain      io.Writer   // out without the transcript
	unwritten  bool        // a transcript or a saved program could not be written
	quit       bool
}

// New begins a conversation about a program, whose output goes to out. Things take as long as costs say; nil for the
// defaults.
func New(prog *script.Program, out io.Writer, costs *model.Costs) (*Prompt, error) {
	s, err := session.New(prog, costs)
	if err != nil {
		return nil, err
	}
	return &Prompt{Session: s, out: out, shown: map[string][]string{}, aliases: map[string]string{}}, nil
}

// Text is the prompt itself, with the current position.
func (p *Prompt) Text() string {
	branch := ""
	if id := p.Session.Branch().ID; id > 0 {
		branch = fmt.Sprintf("branch %d ", id)
	}
	return fmt.Sprintf("(vmsim %st=%d pid %d) ", branch, p.Session.At(), p.pid())
}

// pid is the process of the last step.
func (p *Prompt) pid() int {
	b, t := p.Session.Branch(), p.Session.At()
	if t == 0 {
		return 1
	}
	return max(1, b.Event(t).PID)
}

// Quit reports whether the conversation is over.
func (p *Prompt) Quit() bool { return p.quit }

// Failed reports whether something that a statement asserts did not hold on any branch, or a file could not be written.
func (p *Prompt) Failed() bool {
	for _, b := range p.Session.Branches() {
		for i := range b.Statements() {
			if b.Statements()[i].Unmet {
				return true
			}
		}
	}
	return p.unwritten
}

// usage is a line that cannot be understood, and what to type instead.
type usage struct{ what, try string }

// Error is both.
func (u *usage) Error() string {
	if u.try == "" {
		return u.what
	}
	return u.what + "\nTry: " + u.try
}

func wrong(try, format string, args ...any) error { return &usage{fmt.Sprintf(format, args...), try} }

// Line does what one line says. The error is for the user to read.
func (p *Prompt) Line(text string) error {
	return errors.Join(p.line(text), p.lostTranscript())
}

func (p *Prompt) line(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		if p.repeat == "" {
			return nil
		}
		text = p.repeat
	}
	text = strings.TrimRight(text, "; \t") // C's habit
	if text == "" || strings.HasPrefix(text, "#") {
		return nil
	}
	if p.kept != nil {
		fmt.Fprintf(p.kept, "%s%s\n", p.Text(), text)
	}
	if p.asked != nil {
		return p.answer(text)
	}
	if plain := script.WithoutTypes(text); plain != text && p.isProgram(plain) {
		text = plain
	}
	if p.isProgram(text) {
		p.repeat = ""
		return p.statement(text)
	}
	return p.command(text)
}

// command runs a line that is no statement: a command, an alias of one, or an expression whose value is shown.
func (p *Prompt) command(text string) error {
	word, rest := cutWord(text)
	if line, ok := p.aliases[word]; ok {
		word, rest = cutWord(strings.TrimSpace(line + " " + rest))
	}
	c, err := p.find(word)
	if err != nil {
		return p.valueOf(text, rest, err)
	}
	if rest != "" && c.args == "" && c.name != "gaps" { // gaps takes the flags of vmsim gaps
		return wrong(c.name, "%s takes nothing more, and no %q", c.name, rest)
	}
	p.repeat = ""
	if c.again {
		p.repeat = text
	}
	if err := p.mayUseFiles(c, rest); err != nil {
		return err
	}
	return c.run(p, rest)
}

// mayUseFiles fails for a command on files where the prompt has none, and for a flag in place of a file.
func (p *Prompt) mayUseFiles(c *command, rest string) error {
	if rest != "" && (c.name == ".read" || c.name == "transcript" || c.name == "save" || c.name == "web") {
		switch {
		case p.Sealed:
			return fmt.Errorf("%s has no files here", c.name)
		case rest[0] == '-':
			return wrong("help "+c.name, "%s takes a file here, and no flag such as %s", c.name, rest)
		}
	}
	return nil
}

// valueOf shows the value of a line that names no command; err is the answer if it has no value either.
func (p *Prompt) valueOf(text, rest string, err error) error {
	if worth, bad := p.Session.Worth(text); bad == nil {
		fmt.Fprintln(p.out, worth)
		return nil
	}
	var u *usage
	if errors.As(err, &u) && rest != "" && HasCommand(u.try) {
		u.try += " " + rest // the command that is meant, with what it was given
	}
	return err
}

// cutWord parts a command's name from what follows; x/4 is x with /4.
func cutWord(text string) (word, rest string) {
	i := strings.IndexAny(text, " \t/")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}

// isProgram reports whether a line is a statement of the program and no command.
func (p *Prompt) isProgram(text string) bool {
	word := text[:len(text)-len(strings.TrimLeftFunc(text, isWordRune))]
	rest := strings.TrimSpace(text[len(word):])
	switch {
	case text[0] == '.':
		name, _ := cutWord(text)
		_, ours := named(name)
		return !ours
	case word == "":
		return true
	case script.OfC(word):
		_, ours := named(word)
		return !ours
	case p.bound(word) && len(rest) > 1 && (rest[:2] == "++" || rest[:2] == "--" || rest[1] == '='):
		return true
	case word == "on":
		return strings.HasPrefix(rest, "SIG")
	case rest == "":
		_, err := p.find(word)
		return err != nil && p.bound(word)
	}
	return strings.ContainsRune("=[(:", rune(rest[0]))
}

func isWordRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func (p *Prompt) bound(name string) bool {
	for _, n := range p.Session.Names() {
		if n == name {
			return true
		}
	}
	return false
}

// statement runs a line of the program.
func (p *Prompt) statement(text string) error {
	if p.bound(text) {
		return p.print(text)
	}
	op, err := p.Session.Parse(text)
	if err != nil {
		if try := p.afterProcess(text); try != "" {
			return wrong(try, "a command is not run by a process: only statements begin with one")
		}
		return shown(err)
	}
	if op == nil {
		return nil
	}
	return p.runTyped(op)
}

// afterProcess is what to type for a command that was typed with a process before it, as  [2] why pte p ; empty where
// the line is none. A question about an address takes the process before the address.
func (p *Prompt) afterProcess(text string) string {
	owner, rest, found := strings.Cut(text, "]")
	owner += "]"
	if !found || text[0] != '[' {
		owner, rest, found = strings.Cut(text, ":")
		owner += ":"
	}
	rest = strings.TrimSpace(rest)
	word, args := cutWord(rest)
	if c, err := p.find(word); !found || err != nil || c == nil || p.isProgram(rest) {
		return ""
	}
	what, place := cutWord(args)
	if word == "why" && place != "" && (what == "pte" || what == "merge" || what == "address") {
		return "why " + what + " " + owner + " " + place
	}
	return rest
}

// runTyped runs a statement that was typed, and says what it did.
func (p *Prompt) runTyped(op *script.Op) error {
	if done, err := p.Session.Configure(op); done != session.NotAMachine || err != nil {
		p.tellRebuilt(done)
		return err
	}
	from := p.Session.At()
	done, err := p.Session.Do(op)
	if done.Forked {
		b := p.Session.Branch()
		fmt.Fprintf(p.out, "This is branch %d now, from t=%d on; what followed there is kept in branch %d.\n", b.ID,
			b.From, b.Parent.ID)
		from = b.From
	}
	if err != nil {
		return shown(err)
	}
	if done.Statement == nil {
		done.Motion.From = from
		return p.moved(done.Motion, nil)
	}
	p.tellStatement(done.Statement)
	p.tellCold(op)
	if err := p.tellHits(done.Motion.Hit); err != nil {
		return err
	}
	return p.showDisplays()
}

// tellRebuilt says what a .machine line has done.
func (p *Prompt) tellRebuilt(done session.Rebuilt) {
	switch b := p.Session.Branch(); done {
	case session.InPlace:
		fmt.Fprintln(p.out, "The machine is built anew. Nothing has run on it yet.")
	case session.Branched:
		fmt.Fprintf(p.out, "This is branch %d now, on a machine of its own: %s run on it, from the beginning. diff "+
			"branch %d says what is another than there.\n", b.ID,
			plural.Count(p.Session.Done(), "statement has", "statements have"), b.Parent.ID)
	}
}

// tellCold says that a file which is to be cold is not, where that is so, and that a new file of a disk is dirty.
func (p *Prompt) tellCold(op *script.Op) {
	d, ok := op.Do.(*script.Directive)
	if !ok || d.File == nil {
		return
	}
	m := p.Session.Kernel().FileAt(d.File.Path)
	switch {
	case model.ColdInMemory(d, p.Session.Kernel()):
		fmt.Fprintf(p.out,
			"cold has no effect on %s: files on tmpfs are always in memory. .machine fs=ext4 as the first line has a "+
				"disk.\n", d.File.Path)
	case m != nil && !m.InMemory() && !d.File.Cold && !d.File.Cached && m.Size() > 0:
		fmt.Fprintln(p.out, "Its pages are cached and dirty. With cold at the end of the line they are on the disk "+
			"alone.")
	}
}

// shown is an error as the user sees it.
func shown(err error) error {
	var unread *script.Error
	var stopped *run.RunError
	var ended *run.EndedError
	switch {
	case errors.As(err, &unread):
		return parseError(unread)
	case errors.As(err, &ended):
		return wrong("back", "%v; back goes to before the statement that ended it", ended)
	case errors.As(err, &stopped):
		return stopped.Err
	}
	return err
}

// parseError is a statement that cannot be read, without the place in a file that it is not from: the caret under it,
// the cause, and what to type.
func parseError(e *script.Error) error {
	_, text, _ := strings.Cut(e.Error(), ": ")
	return errors.New(text)
}
