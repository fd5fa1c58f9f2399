package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

var stopCommands = []command{
	{
		name: "break", also: []string{"b"}, group: "Stop", args: "EVENT [if COND]",
		line: "stop where something happens",
		text: "EVENT is what it means: " + strings.Join(session.Meanings(), ", ") +
			"; or copy > N, call NAME, fn FUNCTION (of Linux), " +
			"step KIND, line N (of the file).\nCOND is as in .expect (majflt > 2, pte(p).dirty) or a byte: p[0] == " +
			"'x'.",
		example: "break cow", shows: "stop 1: cow", run: (*Prompt).breakAt, words: breakWords,
	},
	{
		name: "watch", group: "Stop", args: "page FILE:N|pte ADDR|frame PFN|byte ADDR|counter NAME [if COND]",
		line: "stop where something changes",
		text: "page: a page of a file in memory. pte: the page-table entry of an address. frame: a frame. byte: " +
			"what a load would find. counter: a counter of .expect.",
		example: "watch page a:0", shows: "watch page a:0", run: (*Prompt).watch, words: watchWords,
	},
	{
		name: "breaks", group: "Stop", line: "the stops that are set, and how often each was met",
		example: "breaks", shows: "no stops", run: (*Prompt).breaks,
	},
	{
		name: "delete", group: "Stop", args: "N|all", line: "take a stop back",
		example: "delete all", shows: "taken back", run: (*Prompt).deleteStop,
	},
	{
		name: "on", group: "Stop", args: "N COMMAND", line: "run a command each time stop N is met",
		example: "on 1 info copies", shows: "no stop 1", run: (*Prompt).onStop,
	},
	{
		name: "display", group: "Stop", args: "[VIEW|off]", line: "show a view after every motion",
		example: "display dirty", shows: "dirty is shown", run: (*Prompt).display, words: func(*Prompt,
			[]string) []string {
			return append(viewNames(), "off")
		},
	},
	{
		name: "continue", also: []string{"c"}, group: "Run", line: "run to the next stop, or to the end",
		example: "continue", shows: "over", again: true, run: (*Prompt).cont,
	},
	{
		name: "until", also: []string{"u"}, group: "Run", args: "COND", line: "run until a condition holds",
		text:    "COND is as in .expect (minflt == 3, page(\"/data/a\", 0).dirty) or a byte: p[0] == 'x'.",
		example: "until minflt == 1", shows: "minor-fault", run: (*Prompt).until, words: condWords,
	},
	{
		name: "rc", also: []string{"reverse-continue"}, group: "Time",
		line:    "go back to the last stop before this, or to before the first stop, or to the beginning",
		example: "rc", shows: "beginning", again: true, run: (*Prompt).reverseContinue,
	},
}

func breakWords(_ *Prompt, args []string) []string {
	switch {
	case len(args) == 0:
		return append(session.Meanings(), "call", "fn", "step", "line")
	case args[0] == "call":
		return script.CallNames()
	case args[0] == "step":
		return trace.KindNames()
	case args[0] == "fn":
		return functionNames()
	}
	return []string{"if"}
}

func watchWords(p *Prompt, args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"page", "pte", "frame", "byte", "counter"}
	case args[0] == "page":
		return p.filePages()
	case args[0] == "counter":
		return model.CounterNames()
	}
	return p.Session.Names()
}

func condWords(p *Prompt, _ []string) []string {
	return append(model.CounterNames(), p.Session.Names()...)
}

func (p *Prompt) breakAt(rest string) error { return p.newStop(p.Session.Break(rest)) }

func (p *Prompt) watch(rest string) error { return p.newStop(p.Session.Watch(rest)) }

// newStop prints a stop that was made, with its number.
func (p *Prompt) newStop(st *session.Stop, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "stop %d: %s\n", st.ID, st.What)
	return nil
}

func (p *Prompt) breaks(string) error {
	stops := p.Session.Stops()
	if len(stops) == 0 {
		fmt.Fprintln(p.out, "There are no stops. Try: break cow")
	}
	for _, st := range stops {
		fmt.Fprintf(p.out, "%3d  %-40s met %s\n", st.ID, st.What, plural.Count(st.Hits, "time", "times"))
		for _, c := range st.Do {
			fmt.Fprintf(p.out, "       then %s\n", c)
		}
	}
	return nil
}

func (p *Prompt) deleteStop(rest string) error {
	if rest == "all" {
		for _, st := range append([]*session.Stop(nil), p.Session.Stops()...) {
			p.Session.Delete(st.ID)
		}
		fmt.Fprintln(p.out, "All stops are taken back.")
		return nil
	}
	id, err := strconv.Atoi(rest)
	if err != nil || !p.Session.Delete(id) {
		if rest == "" {
			return wrong("breaks", "delete wants the number of a stop, or all")
		}
		return wrong("breaks", "there is no stop %q", rest)
	}
	fmt.Fprintf(p.out, "Stop %d is taken back.\n", id)
	return nil
}

func (p *Prompt) onStop(rest string) error {
	number, line := cutWord(rest)
	id, _ := strconv.Atoi(number)
	for _, st := range p.Session.Stops() {
		if st.ID == id && line != "" {
			st.Do = append(st.Do, line)
			fmt.Fprintf(p.out, "At stop %d: %s\n", id, line)
			return nil
		}
	}
	return wrong("breaks", "there is no stop %s, or no command after it", number)
}

func (p *Prompt) display(rest string) error {
	switch rest {
	case "":
		if len(p.displays) == 0 {
			fmt.Fprintln(p.out, "Nothing is shown after motions. Try: display pagecache")
		}
		return p.showDisplays()
	case "off":
		p.displays = nil
		fmt.Fprintln(p.out, "Nothing is shown after motions any more.")
		return nil
	}
	name, _ := cutWord(rest)
	if _, err := viewNamed(name); err != nil {
		return err
	}
	p.displays = append(p.displays, rest)
	fmt.Fprintf(p.out, "%s is shown after every motion; display off ends that.\n", rest)
	return p.info(rest)
}

func (p *Prompt) showDisplays() error {
	for _, d := range p.displays {
		if err := p.info(d); err != nil {
			return err
		}
	}
	return nil
}

func (p *Prompt) cont(string) error {
	if asked, err := p.asks(); asked || err != nil {
		return err
	}
	if err := p.moved(p.Session.Continue()); err != nil {
		return err
	}
	_, err := p.asks()
	return err
}

func (p *Prompt) until(rest string) error {
	if rest == "" {
		return wrong("until minflt == 1", "until wants a condition")
	}
	c, err := p.Session.Condition(rest)
	if err != nil {
		return err
	}
	return p.moved(p.Session.Until(c))
}

func (p *Prompt) reverseContinue(string) error { return p.moved(p.Session.BackContinue()) }

// tellHits prints which stops were met, and runs what is to be run then.
func (p *Prompt) tellHits(hits []session.Met) error {
	for _, h := range hits {
		fmt.Fprintf(p.out, "Stop %d: %s", h.ID, h.What)
		if h.New != "" {
			fmt.Fprintf(p.out, "\n    was  %s\n    is   %s", h.Old, h.New)
		}
		fmt.Fprintln(p.out)
	}
	for _, h := range hits {
		for _, line := range h.Do {
			if err := p.Line(line); err != nil {
				return err
			}
		}
	}
	return nil
}
