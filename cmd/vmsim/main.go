// Command vmsim shows how Linux maps files into memory, one step at a time.
//
// Each command is a row of the table in commands.go and has a file of its own. Data goes to stdout, talk to stderr.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"

	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/session"
)

// The exit codes.
const (
	exitFine   = 0
	exitFailed = 1 // an assertion, a comparison or a grade failed
	exitUsage  = 2 // the command line or a program cannot be read
	exitBroken = 3 // the model broke its own invariant
	exitNoWay  = 4 // the evidence is not available here
)

// app is what a command works with.
type app struct {
	in       io.Reader
	out, err io.Writer
	costs    *model.Costs // how long things take in the model, as --costs says; nil for the defaults
	typed    bool         // the command is typed at the prompt
	session  string       // the program that is called theSession there
}

func main() {
	leash.Hold()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(a.main(os.Args[1:]))
}

// main runs the command. A terminal is written to as it is, since commands ask how wide it is; elsewhere, lost output
// is an error.
func (a *app) main(args []string) int {
	if isTerminal(a.in, a.out) {
		return a.run(args)
	}
	out := &output{to: a.out}
	a.out = out
	return a.written(out, a.run(args))
}

// run finds the command and runs it. A panic is our own mistake, and says so.
func (a *app) run(args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			code = a.fail(&session.Broken{What: fmt.Sprint(r), Stack: debug.Stack()})
		}
	}()
	args = meant(args)
	c, ok := commandNamed(args[0])
	if !ok {
		return a.unknownCommand(args[0])
	}
	if asksForHelp(args[1:]) {
		fmt.Fprint(a.out, c.help())
		return exitFine
	}
	f, err := c.parseFlags(args[1:])
	if err != nil {
		return a.fail(err)
	}
	if c.args == "" && len(f.rest) > 0 {
		return a.fail(&usageError{fmt.Sprintf("%s takes flags alone, and no %q", c.name, f.rest[0]),
			"vmsim help " + c.name})
	}
	if a.costs, err = costsOf(f); err != nil {
		return a.fail(err)
	}
	return c.run(a, f)
}

// asksForHelp reports whether -h or --help is among the arguments before --.
func asksForHelp(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "-h", "--help":
			return true
		}
	}
	return false
}

// meant spells out the short forms of a command line: none at all, -i, -h and --help.
func meant(args []string) []string {
	switch {
	case len(args) == 0:
		args = []string{"prompt"}
	case args[0] == "-i":
		args = append([]string{"prompt"}, args[1:]...)
	case args[0] == "-h" || args[0] == "--help":
		args = []string{"help"}
	}
	return args
}

// stackWanted is the variable of the environment that asks for the place in vmsim where an invariant was broken.
const stackWanted = "VMSIM_STACK"

// broken says that vmsim itself is at fault.
func (a *app) broken(err *session.Broken) int {
	fmt.Fprintf(a.err,
		"vmsim: %v\nThis is a mistake in vmsim, not in your program. Please keep the program, or what you typed.\n",
		err)
	if os.Getenv(stackWanted) != "" {
		fmt.Fprintf(a.err, "%s", err.Stack)
	} else {
		fmt.Fprintf(a.err, "With %s=1 in the environment the place in vmsim is printed too.\n", stackWanted)
	}
	return exitBroken
}

// isBroken reports whether an error says that vmsim itself is at fault.
func isBroken(err error) bool {
	var b *session.Broken
	return errors.As(err, &b)
}

// fail says what went wrong and is the exit code that tells its kind.
func (a *app) fail(err error) int {
	var parse *script.Error
	var run *run.RunError
	var usage *usageError
	var broken *session.Broken
	switch {
	case errors.As(err, &broken):
		return a.broken(broken)
	case errors.As(err, &parse):
		fmt.Fprintln(a.err, parse)
		return exitUsage
	case errors.As(err, &run):
		return a.failedLine(run)
	case errors.As(err, &usage):
		if a.typed {
			fmt.Fprintln(a.err, &usageError{usage.what, strings.TrimPrefix(usage.try, "vmsim ")})
			return exitUsage
		}
		fmt.Fprintln(a.err, "vmsim:", usage)
		return exitUsage
	case errors.Is(err, errLost):
		return exitFailed // written reports it
	case notWritten(err):
		fmt.Fprintln(a.err, "vmsim: the output could not be written:", err)
		return exitFailed
	case errors.Is(err, exec.ErrNotFound):
		fmt.Fprintf(a.err, "vmsim: %v\nIs the name spelt right? A program of this directory begins with ./\n", err)
		return exitUsage
	case errors.Is(err, syscall.EISDIR):
		fmt.Fprintf(a.err, "vmsim: %v\nTry: ls %s\n", err, pathOf(err))
		return exitUsage
	case errors.Is(err, os.ErrPermission):
		fmt.Fprintf(a.err, "vmsim: %v\nTry: ls -ld %s\n", err, pathOf(err))
		return exitUsage
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintf(a.err, "vmsim: %v\nIs the name spelt right, and is it relative to this directory? Try: ls\n", err)
		return exitUsage
	}
	fmt.Fprintln(a.err, "vmsim:", err)
	return exitUsage
}

// pathOf is the path that an error is about; empty for others.
func pathOf(err error) string {
	var of *os.PathError
	var program *exec.Error
	switch {
	case errors.As(err, &of):
		return of.Path
	case errors.As(err, &program):
		return program.Name
	}
	return ""
}

// failedLine prints the statement that could not run, and how to look at what ran before it.
func (a *app) failedLine(e *run.RunError) int {
	fmt.Fprintf(a.err, "%s:%d: %v\n    %s\n", e.File, e.Line, e.Err, e.Op.Head())
	if e.Line > 1 && !a.typed {
		fmt.Fprintf(a.err, "What is before line %d ran. Step through it: vmsim -i %s\n", e.Line, e.File)
	}
	return exitUsage
}

// didYouMean adds to a message the known word that is nearest to the one that was typed, if one is near.
func didYouMean(what, word string, known []string) string {
	if near := script.Nearest(word, known); near != "" {
		what += "; did you mean " + near + "?"
	}
	return what
}

// usageError is a command line that cannot be understood.
type usageError struct{ what, try string }

// Error is what is wrong, and what to type instead.
func (e *usageError) Error() string {
	if e.try == "" {
		return e.what
	}
	return e.what + "\nTry: " + e.try
}
