package script

import (
	"slices"
	"strings"
)

// noteWords are the words that an observation begins with.
var noteWords = []string{"+", "-", "faults", "---", "handler",
	"kernel", "mincore", "data", "pte", "page", "trace", "io", "copy"}

// IsNote reports whether an indented line is an observation rather than a statement that someone has indented.
func IsNote(line string) bool {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if !slices.Contains(noteWords, word) {
		return false
	}
	rest = strings.TrimSpace(rest)
	return !strings.HasPrefix(rest, "=") // data = mmap(…) binds a name
}

// parseNote reads an observation.
func parseNote(line string) (Note, *Error) {
	col := len(line) - len(strings.TrimLeft(line, " \t")) + 1
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	n := Note{Word: word, Text: strings.Join(strings.Fields(rest), " ")}
	if what, usage := n.trouble(); what != "" {
		return n, &Error{Col: col, What: what, Type: usage}
	}
	if word == "---" {
		n.Text = withoutNumber(strings.TrimSpace(strings.TrimSuffix(n.Text, "---")))
	}
	return n, nil
}

// withoutNumber removes the signal's name from its braces: strace prints it before them, too.
func withoutNumber(text string) string {
	name, _, _ := strings.Cut(text, " ")
	return strings.Replace(text, "{si_signo="+name+", ", "{", 1)
}

// trouble is what is wrong with the note, and how it is written.
func (n Note) trouble() (what, usage string) {
	words := strings.Fields(n.Text)
	switch n.Word {
	case "faults":
		if len(words) != 2 || !isDecimal(words[0]) || !isDecimal(words[1]) {
			return "faults are two numbers, minor and major", "faults 1 0"
		}
	case "+", "-":
		if len(words) < 3 || !strings.Contains(words[0], "-") {
			return "a map line is START-END PERM OFFSET NAME", "+ 7ffff7ff6000-7ffff7ff7000 rw-p 00000000"
		}
	case "---":
		if !strings.HasPrefix(n.Text, "SIG") || !strings.HasSuffix(n.Text, "---") {
			return "a signal is written as strace writes it", "--- SIGBUS {si_code=BUS_ADRERR, si_addr=0x1000} ---"
		}
	case "kernel":
		if len(words) != 2 || words[0] != "r" && words[0] != "w" {
			return "kernel needs r or w, and an address", "kernel w 0x7fffffffe000"
		}
		if _, ok := Number(words[1]); !ok {
			return "kernel needs an address as a number", "kernel w 0x7fffffffe000"
		}
	case "mincore":
		if len(words) != 1 || strings.Trim(words[0], "01") != "" {
			return "mincore's vector is a 0 or a 1 for each page", "mincore 1101"
		}
	case "data":
		if !isData(words) {
			return "data is hex, two digits a byte, or sha1: and its 40 digits", "data 0a0b0c"
		}
	default:
		if len(words) == 0 {
			return n.Word + " says nothing", ""
		}
	}
	return "", ""
}

func isDecimal(s string) bool { return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == "" }

// isData reports whether the words are bytes, some of which may be ??, or the sum of bytes, with those that were left
// out.
func isData(words []string) bool {
	if len(words) == 3 && words[1] == without {
		_, ok := parseRanges(words[2])
		return ok && strings.HasPrefix(words[0], sumPrefix) && isData(words[:1])
	}
	if len(words) != 1 {
		return false
	}
	if sum, ok := strings.CutPrefix(words[0], sumPrefix); ok {
		return len(sum) == 40 && isHex(sum)
	}
	for pair := range slices.Chunk([]byte(words[0]), 2) {
		if len(pair) != 2 || string(pair) != anyByte && !isHex(string(pair)) {
			return false
		}
	}
	return true
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }
