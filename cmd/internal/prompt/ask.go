package prompt

import (
	"fmt"
	"strings"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/script"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/trace"
)

var askCommands = []command{
	{
		name: "why", group: "Ask", args: "[page FILE:N|evicted FILE:N|dirty" +
			"|pte ADDR|fault|signal|merge ADDR|address ADDR|errno]",
		line: "the chain of causes, back to the statement",
		text: "page: why a page of a file is dirty, cached, or not in memory, and who has a copy of it. evicted: " +
			"why reclaim took it. dirty: which " +
			"pages the disk lacks. pte: why an entry is as it is. " +
			"fault: why the last one was minor, major or a signal. " +
			"signal: why the last signal was sent. merge: why an area is apart from its neighbours. " +
			"address: why an area lies where it does. errno: which check refused the last call that failed. " +
			"why alone: the last statement. sigbus, sigsegv: the last access that got that signal. An address is " +
			"that of the process whose turn it is; of another one: [2] p, or child: p.\nEach " +
			"cause has its step: goto T leads there.",
		example: "why page a:0", shows: "page 0 of /data/a", run: (*Prompt).why, words: whyWords,
	},
}

var whyThings = []string{"page", "evicted", "dirty", "pte", "fault", "signal", "merge", "address", "errno"}

// whyForms are the questions as they are typed.
const whyForms = "why page a:0, evicted a:0, dirty, pte p, fault, signal, merge p, address p or errno " +
	"(see help why)"

func whyWords(p *Prompt, args []string) []string {
	switch {
	case len(args) == 0:
		return whyThings
	case args[0] == "page":
		return p.filePages()
	}
	return p.Session.Names()
}

// filePages are the names of the files with a colon after them.
func (p *Prompt) filePages() (names []string) {
	p.Session.EachFile(func(path string, _ *pagecache.Mapping) {
		names = append(names, session.ShortName(path)+":0")
	})
	return names
}

// functionNames are the functions of Linux in the table of steps.
func functionNames() (names []string) {
	for k := range trace.NumKinds {
		names = append(names, k.Function())
	}
	return names
}

func (p *Prompt) why(rest string) error {
	chain, err := p.chain(rest)
	if err != nil {
		return err
	}
	if p.json {
		return p.encode(struct {
			Why   string         `json:"why"`
			Chain []session.Link `json:"chain"`
		}{rest, chain})
	}
	for _, l := range chain {
		fmt.Fprintln(p.out, l)
	}
	return nil
}

func (p *Prompt) chain(rest string) ([]session.Link, error) {
	s := p.Session
	what, arg := cutWord(rest)
	switch what {
	case "page", "evicted":
		return p.whyPage(what, arg)
	case "dirty":
		return s.WhyDirty(), nil
	case "fault":
		return s.WhyFault()
	case "signal":
		return s.WhySignal(0)
	case "sigbus", "SIGBUS":
		return s.WhySignal(fault.SIGBUS)
	case "sigsegv", "SIGSEGV":
		return s.WhySignal(fault.SIGSEGV)
	case "errno", "error":
		return s.WhyError()
	case "pte", "merge", "address":
		return p.whyPlace(what, arg)
	case "":
		return p.whyLast()
	}
	try := "why page a:0"
	if near := script.Nearest(what, whyThings); near != "" {
		try = strings.TrimSpace("why " + near + " " + arg)
	}
	return nil, p.unknownOf("question", what, whyThings, try)
}

// whyPlace answers the questions that are asked of an address.
func (p *Prompt) whyPlace(what, arg string) ([]session.Link, error) {
	s := p.Session
	if arg == "" {
		return nil, wrong("why "+what+" p", "an address is wanted, as p or 0x1000")
	}
	pid, v, err := p.placeIn(arg)
	if err != nil {
		return nil, err
	}
	return map[string]func(int, vm.Addr) ([]session.Link, error){
		"pte": s.WhyEntry, "merge": s.WhyMerge, "address": s.WhyAddress,
	}[what](pid, vm.Addr(v))
}

// whyPage answers why page and why evicted; what is the one that was asked.
func (p *Prompt) whyPage(what, arg string) ([]session.Link, error) {
	s := p.Session
	path, _, i, err := s.ParsePage(arg)
	switch {
	case err != nil && p.fileNamed(arg):
		return nil, wrong("why "+what+" "+arg+":0", "%v", err)
	case err != nil && p.bound(arg):
		return nil, wrong("why pte "+arg, "%v", err)
	case err != nil && !strings.Contains(arg, ":"):
		return nil, wrong("why "+what+" a:0", "%v", err)
	case err != nil:
		return nil, err
	}
	if what == "evicted" {
		return s.WhyEvicted(path, i)
	}
	return s.WhyPage(path, i)
}

// whyLast is why the last statement failed, or why its last access faulted, and what else can be asked.
func (p *Prompt) whyLast() (chain []session.Link, err error) {
	s := p.Session
	switch failed, faulted := s.Lately(); {
	case s.At() == 0:
		chain = []session.Link{{Text: "No statement has run yet."}}
	case failed:
		chain, err = s.WhyError()
	case faulted:
		chain, err = s.WhyFault()
	default:
		chain = []session.Link{{Text: "The last statement took no page fault, and did not fail."}}
	}
	return append(chain, session.Link{Text: "Ask: " + whyForms}), err
}

// placeIn reads an address, with [2] or the name of a child and a colon before it where it is another process's.
func (p *Prompt) placeIn(text string) (pid int, at uint64, err error) {
	text = strings.TrimSpace(text)
	owner, rest, found := strings.Cut(text, ":")
	if strings.HasPrefix(text, "[") {
		owner, rest, found = strings.Cut(text[1:], "]")
		owner = strings.TrimPrefix(owner, "pid ")
	}
	if !found {
		at, err = p.value(text)
		return p.pid(), at, err
	}
	n, err := p.value(owner)
	if err != nil {
		return 0, 0, err
	}
	at, err = p.value(rest)
	return int(n), at, err
}
