package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/vm"
)

var askCommands = []command{
	{
		name: "why", group: "Ask", args: "page FILE:N", line: "the chain of causes, back to the statement",
		example: "why page a:0", shows: "", run: (*Prompt).why,
	},
}

func (p *Prompt) why(rest string) error {
	what, arg := cutWord(rest)
	if what != "page" {
		return wrong("why page a:0", "why wants to know of what")
	}
	name, page, err := p.filePage(arg)
	if err != nil {
		return err
	}
	chain, err := p.Session.WhyPage(name, page)
	if err != nil {
		return err
	}
	for _, l := range chain {
		fmt.Fprintln(p.out, l)
	}
	return nil
}

// filePage reads FILE:N.
func (p *Prompt) filePage(text string) (string, vm.PageIndex, error) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", 0, wrong("why page a:0", "a page of a file is FILE:N")
	}
	n, err := strconv.ParseUint(text[i+1:], 0, 52)
	if err != nil {
		return "", 0, wrong("why page a:0", "%q is no page number", text[i+1:])
	}
	return text[:i], vm.PageIndex(n), nil
}
