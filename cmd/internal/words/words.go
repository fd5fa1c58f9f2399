// Package words says what the words mean that a reader of this project meets: terms, steps, calls, flags, errors,
// signals, settings. explain, the prompt and the generated documents all speak from here.
package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/vm/trace"
)

// source is a kind of word: what it says of one, and all that it knows.
type source struct {
	kind    string // what its words are, for a heading
	explain func(word string) (text string, ok bool)
	names   func() []string
}

var sources = []source{
	{"terms", term, glossaryNames},
	{"steps of the model", step, trace.KindNames},
	{"functions of Linux", function, functionNames},
	{"system calls", call, script.CallNames},
	{"flags of calls", flag, flagNames},
	{"errors", errno, errnoNames},
	{"knobs of /proc/sys", knob, syscalls.Knobs},
	{"settings of .machine", setting, settingNames},
	{"counters and state, for .expect", counter, model.CounterNames},
	{"flags of a page in memory", pageFlag, pageFlagNames},
	{"lines that describe the machine", directive, directiveNames},
	{"names of the C library", library, script.LibraryNames},
}

// Explain is what is known of a word, a paragraph for each of its meanings; nil where nothing is.
func Explain(word string) (meanings []string) {
	plain := bare(word)
	spellings := []string{word, plain, strings.TrimSuffix(plain, "s"), "vm." + plain}
	for _, w := range slices.Clone(spellings) { // as typed first: a step is in lower case, a flag in upper case
		spellings = append(spellings, strings.ToLower(w), strings.ToUpper(w))
	}
	for _, w := range spellings {
		for _, s := range sources {
			if text, ok := s.explain(w); ok {
				meanings = append(meanings, text)
			}
		}
		if meanings != nil {
			break
		}
	}
	return meanings
}

// bare is a word without what people put around it: what is a vma?, what does COW mean, struct page, mmap().
func bare(word string) string {
	fields := strings.Fields(strings.TrimSuffix(strings.TrimSpace(word), "?"))
	for len(fields) > 1 && slices.Contains(asking, strings.ToLower(fields[0])) {
		fields = fields[1:]
	}
	if last := len(fields) - 1; last > 0 && strings.EqualFold(fields[last], "mean") {
		fields = fields[:last]
	}
	word = strings.Join(fields, " ")
	if before, _, found := strings.Cut(word, "("); found && strings.HasSuffix(word, ")") {
		return before
	}
	return word
}

// asking are the words before the one that a question is about.
var asking = strings.Fields("what is are does a an the struct")

// Nearest is the known word that is meant by a mistyped one; empty where none is near.
func Nearest(word string) string {
	var all []string
	for _, s := range sources {
		all = append(all, s.names()...)
	}
	if near := script.Nearest(word, all); near != "" {
		return near
	}
	return script.Nearest(strings.ToLower(word), all)
}

// Known are all words that Explain knows, sorted.
func Known() (all []string) {
	for _, s := range sources {
		all = append(all, s.names()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Groups calls fn with the words of each kind, sorted.
func Groups(fn func(kind string, all []string)) {
	for _, s := range sources {
		all := slices.Clone(s.names())
		slices.Sort(all)
		fn(s.kind, all)
	}
}

// Each calls fn for every word that is neither a call nor a step, sorted, with each of its meanings.
func Each(fn func(word, text string)) {
	for _, w := range Known() {
		_, isCall := script.Signature(w)
		_, isStep := trace.KindNamed(w)
		if isCall || isStep {
			continue
		}
		for _, text := range Explain(w) {
			fn(w, text)
		}
	}
}

func step(word string) (string, bool) {
	k, ok := trace.KindNamed(strings.ReplaceAll(strings.ToLower(word), " ", "-"))
	if !ok {
		return "", false
	}
	i := k.Info()
	text := fmt.Sprintf("%v, a step of the model: %s%s.\nIn Linux: %s.", k, i.Sentence, lettersOf(k), i.Linux)
	if i.Tracepoint != "" {
		text += " Tracepoint: " + i.Tracepoint + "."
	}
	return text, true
}

// function is what the model does where Linux runs a function.
func function(name string) (string, bool) {
	var text strings.Builder
	for k := range trace.NumKinds {
		if i := k.Info(); k.Function() == name && name != "none" {
			if text.Len() == 0 {
				fmt.Fprintf(&text, "%s, a function of Linux: %s", name, i.Linux)
			}
			fmt.Fprintf(&text, "\nIn the model, step %s: %s%s.", k, i.Sentence, lettersOf(k))
		}
	}
	return text.String(), text.Len() > 0
}

func functionNames() (names []string) {
	for k := range trace.NumKinds {
		if name := k.Function(); name != "none" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// argTexts describe the arguments in a step's sentence.
var argTexts = map[trace.Arg]string{
	trace.ArgNumber: "a number", trace.ArgAddr: "an address", trace.ArgPage: "the number of a page",
	trace.ArgFrame: "the number of a frame",
	trace.ArgBlock: "a block of the disk", trace.ArgInode: "a file", trace.ArgAreaFlags: "the permissions of an area",
	trace.ArgPID:   "a process",
	trace.ArgErrno: "an error", trace.ArgCall: "a system call", trace.ArgSignal: "a signal",
	trace.ArgDirection: "read, write or flush",
	trace.ArgAccess:    "a load, store or fetch", trace.ArgSwap: "a place in the swap area",
}

// lettersOf describes the letters in a step's sentence: "; A is an address".
func lettersOf(k trace.Kind) string {
	var said []string
	args := k.Args()
	for _, l := range []string{"A", "B", "C"} {
		if slices.Contains(strings.FieldsFunc(k.Info().Sentence, betweenWords), l) {
			said = append(said, l+" is "+argTexts[args[l[0]-'A']])
		}
	}
	if said == nil {
		return ""
	}
	return " (" + strings.Join(said, ", ") + ")"
}

// betweenWords reports whether a rune of a sentence belongs to no word.
func betweenWords(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func call(word string) (string, bool) {
	sig, ok := script.Signature(word)
	if !ok {
		return "", false
	}
	text := word + ", a system call: " + sig
	if about, ok := callTexts[word]; ok {
		text += "\n" + about
	}
	nr, known := syscalls.NumberOf(word)
	if script.Outside(word) || !known || !syscalls.Implements(nr) {
		text += "\nIt is outside the model: in a program it gives the answer that the line says."
	}
	return text, true
}

// library says what a program has in the place of a name of the C library.
func library(word string) (string, bool) {
	if name, ok := script.NameOfCall(word); ok {
		text, _ := call(name)
		return fmt.Sprintf("%s: another name of the system call %s.\n%s", word, name, text), true
	}
	line, cause, ok := script.LibraryFunction(word)
	if !ok {
		return "", false
	}
	return fmt.Sprintf("%s, a function of the C library: %s.\nIn a program:  %s", word, cause, line), true
}

func errno(word string) (string, bool) {
	n, ok := script.ErrnoOf(word)
	if !ok {
		return "", false
	}
	text := fmt.Sprintf("%s, error %d: %s.", word, int(n), script.ErrnoText(n))
	if about, ok := errnoTexts[word]; ok {
		text += "\n" + about
	}
	return text, true
}

func errnoNames() []string { return slices.Collect(maps.Keys(errnoTexts)) }

func knob(word string) (string, bool) {
	if !slices.Contains(syscalls.Knobs(), word) {
		return "", false
	}
	return fmt.Sprintf("%s, a setting of /proc/sys: %s\nIn a program:  .sysctl %s=N", word, knobTexts[word], word), true
}

func setting(word string) (string, bool) {
	text, ok := settingTexts[word]
	if !ok {
		return "", false
	}
	return fmt.Sprintf("%s, a setting of the machine: %s", word, text), true
}

func settingNames() []string { return slices.Collect(maps.Keys(settingTexts)) }

func counter(word string) (string, bool) {
	if name, field, ok := strings.Cut(word, "."); ok && model.CounterHas(name, field) {
		return fmt.Sprintf("%s, a name that .expect knows: %s", word, model.CounterHelp(name)), true
	}
	if !slices.Contains(model.CounterNames(), word) {
		return "", false
	}
	if slices.Contains(procfs.CounterNames(), word) {
		return fmt.Sprintf("%s, a counter of /proc/vmstat. In a program:  .expect %s > 0", word, word), true
	}
	return fmt.Sprintf("%s, a name that .expect knows: %s", word, model.CounterHelp(word)), true
}

func pageFlag(word string) (string, bool) {
	if text, ok := pageFlagTexts[word]; ok {
		return fmt.Sprintf("%s, a flag of a page in memory: %s", word, text), true
	}
	return "", false
}

func pageFlagNames() []string { return slices.Collect(maps.Keys(pageFlagTexts)) }
