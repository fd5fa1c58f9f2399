package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/reeflective/readline"
	"golang.org/x/term"

	"vmsim/cmd/internal/prompt"
)

// terminal is the prompt where a person types: with a line editor, or, where no escape byte may be written, without.
type terminal struct {
	app    *app
	prompt *prompt.Prompt
}

// isTerminal reports whether r and w are a terminal with a person before it.
func isTerminal(r io.Reader, w io.Writer) bool {
	in, ok := r.(*os.File)
	out, alsoOut := w.(*os.File)
	return ok && alsoOut && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// screen is where the prompt's answers go: a terminal gets lines as wide as it is.
func (a *app) screen() io.Writer {
	out, ok := a.out.(*os.File)
	if !ok || !isTerminal(a.in, a.out) {
		return a.out
	}
	return &wrapper{out, func() int {
		if width, _, err := term.GetSize(int(out.Fd())); err == nil && width > 0 {
			return width
		}
		return 80
	}}
}

// mayEscape reports whether escape bytes may be written: not where the user or the terminal does not want them.
func mayEscape() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

// talk reads lines until the user has enough. Ctrl-C during a command ends the command; at the prompt, the line.
func (t *terminal) talk() int {
	fmt.Fprintln(t.app.out, "vmsim, a model of Linux 6.18. Type help, or a call, as  fork()  or  *0x400000\n"+
		"Files are on tmpfs; .machine fs=ext4 as the first line puts them on a disk.")
	stop := t.catchInterrupts()
	defer stop()
	t.configure()
	in := bufio.NewReader(t.app.in)
	next := func() (string, error) { return t.readPlain(in) }
	if mayEscape() {
		next = t.editor()
	}
	code := exitFine
	for !t.prompt.Quit() {
		// The line editor takes Ctrl-C itself, so one that comes from here on is meant for the command; else the line
		// is what it was meant for.
		t.prompt.Session.Uninterrupt()
		line, err := next()
		if !mayEscape() {
			t.prompt.Session.Uninterrupt()
		}
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case err != nil:
			fmt.Fprintln(t.app.out)
			return code
		}
		for _, l := range strings.Split(line, "\n") { // several, where they were pasted
			switch err := t.prompt.Line(l); {
			case isBroken(err):
				code = t.app.fail(err) // one may still go back, and look
			case err != nil:
				fmt.Fprintln(t.app.screen(), err)
			}
		}
	}
	return code
}

// catchInterrupts makes Ctrl-C stop the motion under way after its next step.
func (t *terminal) catchInterrupts() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go func() {
		for range signals {
			t.prompt.Session.Interrupt()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// configure does the lines of the user's file, vmsim/init where the system keeps configuration.
func (t *terminal) configure() {
	dir, err := os.UserConfigDir()
	if err != nil {
		return
	}
	file := filepath.Join(dir, "vmsim", "init")
	if _, err := os.Stat(file); err != nil {
		return
	}
	if err := t.prompt.Line(".read " + file); err != nil {
		fmt.Fprintln(t.app.screen(), err)
	}
}

// editor is the line editor: history between sessions, Ctrl-R, completion.
func (t *terminal) editor() func() (string, error) {
	rl := readline.NewShell()
	// A terminal that is asked where its cursor is may never answer, and what is typed meanwhile is lost.
	_ = rl.Config.Set("cursor-position-probe", false)
	rl.Prompt.Primary(t.prompt.Text)
	if file, ok := historyFile(); ok {
		rl.History.AddFromFile("vmsim", file)
	}
	rl.Completer = func(line []rune, cursor int) readline.Completions {
		text := string(line[:cursor])
		at, words := t.prompt.Complete(text)
		candidates := make([]readline.Completion, len(words))
		for i, w := range words {
			candidates[i] = readline.Completion{Value: w, Display: w}
			if t.prompt.Closes(text[:at], w) {
				candidates[i].Value += " "
			}
		}
		// NoSpace takes a candidate's last character away where the same one is typed after it.
		c := readline.CompleteRaw(candidates).NoSpace('(', '=', '.', ':', '/', ' ')
		c.PREFIX = text[at:]
		return c
	}
	return func() (string, error) {
		fmt.Fprint(t.app.out, roomBelow)
		return rl.Readline()
	}
}

// roomBelow makes the terminal scroll if the prompt would be on its last rows: the editor, which does not ask where it
// is, draws up to some rows below.
const roomBelow = "\n\n\n\x1b[3A"

// historyFile is where lines are kept between sessions, made where it is not there.
func historyFile() (string, bool) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", false
		}
		dir = filepath.Join(home, ".local", "state")
	}
	dir = filepath.Join(dir, "vmsim")
	if os.MkdirAll(dir, 0o700) != nil {
		return "", false
	}
	file := filepath.Join(dir, "history")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", false
	}
	return file, f.Close() == nil
}

// readPlain reads a line as the terminal itself edits it.
func (t *terminal) readPlain(in *bufio.Reader) (string, error) {
	fmt.Fprint(t.app.out, t.prompt.Text())
	line, err := in.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
