package prompt

import (
	"errors"
	"fmt"
	"strings"

	"vmsim/syscalls/script"
)

var lookCommands = []command{
	{
		name: "info", also: []string{"i"}, group: "Look", args: "VIEW", line: "a view of the machine as it is now",
		example: "info maps", shows: "[stack]", run: (*Prompt).info,
	},
	{
		name: "print", also: []string{"p"}, group: "Look", args: "EXPR", line: "the value of an expression or a name",
		example: "print 2*PAGE", shows: "8192", run: (*Prompt).print,
	},
}

func (p *Prompt) info(rest string) error {
	if rest != "maps" {
		return wrong("info maps", "no view %q", rest)
	}
	proc, ok := p.Session.Kernel().Process(p.pid())
	if !ok {
		return wrong("info procs", "process %d is gone", p.pid())
	}
	fmt.Fprint(p.out, proc.Maps())
	return nil
}

func (p *Prompt) print(rest string) error {
	v, err := p.value(rest)
	if err != nil {
		return err
	}
	if v < 1<<16 {
		fmt.Fprintf(p.out, "%s = %d\n", rest, v)
	} else {
		fmt.Fprintf(p.out, "%s = %#x\n", rest, v)
	}
	return nil
}

// value is what an expression of the language is worth now.
func (p *Prompt) value(text string) (uint64, error) {
	if strings.TrimSpace(text) == "" {
		return 0, wrong("print p+PAGE", "an expression is wanted")
	}
	v, err := p.Session.Eval(text)
	var e *script.Error
	if errors.As(err, &e) {
		return 0, parseError(e)
	}
	return v, err
}
