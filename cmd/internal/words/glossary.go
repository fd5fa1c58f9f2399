package words

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed glossary.txt
var glossaryText string

// entry is a term with its synonyms, and what it means.
type entry struct {
	names   []string // the term first
	meaning string
}

// glossary has the terms in the order of the file; byWord leads to them by every name, as spoken makes it.
var glossary, byWord = parseGlossary(glossaryText)

// parseGlossary reads the form that the head of glossary.txt describes. It panics on anything else: the text is
// part of the program.
func parseGlossary(text string) (entries []*entry, byWord map[string]*entry) {
	byWord = map[string]*entry{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "    "):
			last := entries[len(entries)-1]
			last.meaning += " " + strings.TrimSpace(line)
		default:
			names, meaning, found := strings.Cut(line, ": ")
			if !found {
				panic(fmt.Sprintf("words: glossary.txt has a line without a meaning: %q", line))
			}
			entries = append(entries, &entry{strings.Split(names, ", "), meaning})
		}
	}
	for _, e := range entries {
		for _, name := range e.names {
			if byWord[spoken(name)] != nil {
				panic(fmt.Sprintf("words: glossary.txt explains %q twice", name))
			}
			byWord[spoken(name)] = e
		}
	}
	return entries, byWord
}

// spoken is a word as the glossary is asked for it: "Page-Cache" is "page cache".
func spoken(word string) string { return strings.ReplaceAll(strings.ToLower(word), "-", " ") }

// term says what a term means. A synonym, and a meaning that says "see", lead on to the term itself.
func term(word string) (string, bool) {
	e, ok := byWord[spoken(word)]
	if !ok {
		return "", false
	}
	text := e.names[0] + ": " + e.meaning
	if strings.EqualFold(word, e.names[0]) && word == strings.ToUpper(word) {
		text = word + ": " + e.meaning
	}
	if i := slices.IndexFunc(e.names[1:], func(n string) bool { return spoken(n) == spoken(word) }); i >= 0 {
		text = fmt.Sprintf("%s: see %s.\n%s", e.names[i+1], e.names[0], text)
	}
	if other, also := strings.CutPrefix(e.meaning, "see "); also {
		if seen := byWord[spoken(other[:strings.IndexAny(other, ":.;")])]; seen != nil {
			text += "\n" + seen.names[0] + ": " + seen.meaning
		}
	}
	return text, true
}

func glossaryNames() (names []string) {
	for _, e := range glossary {
		names = append(names, e.names...)
	}
	return names
}

// Terms calls fn for every term of the glossary, sorted, with its synonyms.
func Terms(fn func(term string, synonyms []string, meaning string)) {
	byName := map[string]*entry{}
	for _, e := range glossary {
		byName[e.names[0]] = e
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		fn(name, byName[name].names[1:], byName[name].meaning)
	}
}
