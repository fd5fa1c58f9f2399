package words

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
)

// flag says which calls take a flag, its number, and what it asks for.
func flag(word string) (string, bool) {
	var calls []string
	for _, c := range script.CallNames() {
		for arg := range 6 {
			if slices.Contains(script.FlagNames(c, arg), word) {
				calls = append(calls, c)
				break
			}
		}
	}
	if len(calls) == 0 {
		return "", false
	}
	v, err := script.Eval(script.Name{ID: word}, func(string) (uint64, bool) { return 0, false })
	if err != nil {
		return "", false
	}
	text := fmt.Sprintf("%s, %#x, a flag of %s.", word, v, strings.Join(calls, ", "))
	return text + flagTexts(word, calls), true
}

// flagTexts is what a flag asks of the calls that take it, each thing on a line.
func flagTexts(word string, calls []string) (text string) {
	var says []string
	by := map[string][]string{}
	for _, c := range calls {
		about := script.FlagText(c, word)
		if by[about] == nil {
			says = append(says, about)
		}
		by[about] = append(by[about], c)
	}
	for _, about := range says {
		switch {
		case about == "":
		case len(says) == 1:
			text += "\n" + about
		default:
			text += "\n" + strings.Join(by[about], ", ") + ": " + about
		}
	}
	return text
}

func flagNames() (names []string) {
	for _, c := range script.CallNames() {
		for arg := range 6 {
			names = append(names, script.FlagNames(c, arg)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
