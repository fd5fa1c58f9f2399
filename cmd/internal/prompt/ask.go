package prompt

import (
	"errors"
	"fmt"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/trace"
)

var askCommands = []command{
	{
		name: "why", group: "Ask", args: "page FILE:N|evicted FILE:N|dirty" +
			"|pte ADDR|fault|merge ADDR|address ADDR|errno",
		line: "the chain of causes, back to the statement",
		text: "page: why a page of a file is dirty, cached, or not in memory, and who has a copy of it. evicted: " +
			"why reclaim took it. dirty: which " +
			"pages the disk lacks. pte: why an entry is as it is. " +
			"fault: why the last one was minor, major or a signal. merge: why an area is apart from its neighbours. " +
			"address: why an area lies where it does. errno: which check refused the last call that failed.\nEach " +
			"cause has its step: goto T leads there.",
		example: "why page a:0", shows: "page 0 of /data/a", run: (*Prompt).why, words: whyWords,
	},
}

var whyThings = []string{"page", "evicted", "dirty", "pte", "fault", "merge", "address", "errno"}

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
		path, _, i, err := s.ParsePage(arg)
		if err != nil {
			return nil, err
		}
		if what == "evicted" {
			return s.WhyEvicted(path, i)
		}
		return s.WhyPage(path, i)
	case "dirty":
		return s.WhyDirty(), nil
	case "fault", "signal", "sigbus", "sigsegv", "SIGBUS", "SIGSEGV":
		return s.WhyFault()
	case "errno", "error":
		return s.WhyError()
	case "pte", "merge", "address":
		v, err := p.value(arg)
		if err != nil {
			return nil, err
		}
		return map[string]func(int, vm.Addr) ([]session.Link, error){
			"pte": s.WhyEntry, "merge": s.WhyMerge, "address": s.WhyAddress,
		}[what](p.pid(), vm.Addr(v))
	case "":
		return nil, errors.New("why what? " + strings.Join(whyThings, ", "))
	}
	return nil, p.unknownOf("question", what, whyThings, "why page a:0")
}
