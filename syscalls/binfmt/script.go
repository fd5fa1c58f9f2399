package binfmt

import (
	"bytes"
	"strings"
)

// ScriptInterpreter is the program that the first line of a script names after #!, and the one argument for it. head is
// the first bytes of the file, zeros after its end.
// Linux: load_script (fs/binfmt_script.c).
func ScriptInterpreter(head []byte) (name, argument string, ok bool) {
	const blanks = " \t"
	line, _, ends := bytes.Cut(head, []byte("\n"))
	text := string(line[2:])
	if !ends {
		// A name that may go on behind the head is not executed.
		if rest := strings.TrimLeft(text, blanks); !strings.ContainsAny(rest, blanks+"\x00") {
			return "", "", false
		}
		text = text[:len(text)-1]
	}
	text = strings.Trim(text, blanks)
	end := strings.IndexAny(text, blanks+"\x00")
	if end < 0 {
		return text, "", text != ""
	}
	name, rest := text[:end], text[end:]
	if rest[0] != 0 {
		argument, _, _ = strings.Cut(strings.TrimLeft(rest, blanks), "\x00")
	}
	return name, argument, true
}
