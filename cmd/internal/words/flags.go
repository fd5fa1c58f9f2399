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
	if about := script.FlagText(word); about != "" {
		text += "\n" + about
	}
	return text, true
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
