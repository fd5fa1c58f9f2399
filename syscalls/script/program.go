package script

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/tools/txtar"
)

// Program is a program as text has it: operations in order, and the files after them.
type Program struct {
	Name  string // the file it was read from; for messages
	Ops   []Op
	Files []txtar.File // sections at the end: contents of files
}

// Parse reads a program from text. The error is an *Error.
func Parse(name, text string) (*Program, error) {
	prog := &Program{Name: name, Ops: make([]Op, 0, min(strings.Count(text, "\n")+1, mostGuessed))}
	return prog.read(&lines{text: text, err: io.EOF})
}

// mostGuessed is for how many operations room is made before they are understood.
const mostGuessed = 1 << 16

// Read reads a program. It holds no more than one line of what it has not understood, so that an endless line costs
// nothing. The error is an *Error, or the reader's own.
func Read(name string, r io.Reader) (*Program, error) {
	prog := &Program{Name: name}
	return prog.read(&lines{r: r})
}

func (prog *Program) read(in *lines) (*Program, error) {
	p := NewParser(prog.Name)
	total := 0
	for {
		line, err := in.next()
		if errors.Is(err, errLongLine) {
			return nil, &Error{File: p.file, Line: p.line + 1, Col: 1, What: "the line is over 1 MiB long",
				Cause: "this is no program of ours"}
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if total += len(line); total > maxProgram {
			return nil, &Error{File: p.file, Line: p.line + 1, Col: 1, What: "the program is over 256 MiB long"}
		}
		if isMarker(line) {
			return prog.readFiles(line, in)
		}
		if err == io.EOF && line == "" {
			return prog, p.end()
		}
		if perr := p.Append(prog, strings.TrimSuffix(line, "\n")); perr != nil {
			return nil, perr
		}
		if err == io.EOF {
			return prog, p.end()
		}
	}
}

// Asserts reports whether any line says what should come of the program: an answer, a byte, an observation, a
// condition. A recording asserts even where it shows nothing.
func (prog *Program) Asserts() bool {
	if prog.Recorded() {
		return true
	}
	for i := range prog.Ops {
		if prog.Ops[i].asserts() {
			return true
		}
	}
	return false
}

func isMarker(line string) bool {
	if !strings.HasPrefix(line, "-- ") {
		return false
	}
	line = strings.TrimRight(line, "\r\n")
	return strings.HasSuffix(line, " --") && len(line) > 6
}

func (prog *Program) readFiles(first string, in *lines) (*Program, error) {
	rest, err := io.ReadAll(io.LimitReader(in.rest(), maxProgram))
	if err != nil {
		return nil, err
	}
	prog.Files = txtar.Parse(append([]byte(first), rest...)).Files
	return prog, nil
}

// String is the program's text in canonical form; Parse reads it back as the same operations.
func (prog *Program) String() string {
	var b strings.Builder
	for i := range prog.Ops {
		b.WriteString(prog.Ops[i].String())
		b.WriteByte('\n')
	}
	if len(prog.Files) > 0 {
		b.Write(txtar.Format(&txtar.Archive{Files: prog.Files}))
	}
	return b.String()
}

// Recorded reports whether the program is a recording, which holds every statement: a comment before its first
// operation says "recorded on".
func (prog *Program) Recorded() bool { return prog.leading("recorded on ") }

// AddSection adds a section that gives the content of the file at path.
func (prog *Program) AddSection(path string, data []byte) {
	prog.Files = append(prog.Files, txtar.File{Name: strings.TrimPrefix(path, "/"), Data: data})
}

// Section is the content that a section at the end gives for the file at path.
func (prog *Program) Section(path string) (data []byte, ok bool) {
	for _, f := range prog.Files {
		if strings.TrimPrefix(f.Name, "/") == strings.TrimPrefix(path, "/") {
			return f.Data, true
		}
	}
	return nil, false
}

// IsHistory reports whether the program is the history of a real run: a recording, or an imported log.
func (prog *Program) IsHistory() bool { return prog.Recorded() || prog.leading("imported from ") }

// leading reports whether a comment before the first operation holds the words.
func (prog *Program) leading(words string) bool {
	for i := range prog.Ops {
		if prog.Ops[i].Do != nil {
			return false
		}
		if strings.Contains(strings.ToLower(prog.Ops[i].Comment), words) {
			return true
		}
	}
	return false
}
