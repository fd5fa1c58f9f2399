package script

import "strings"

// Invariant is what must hold of the files after a power cut at any point behind its line: one of its conditions at
// least. A later line with the same name takes its place; an empty name is one too.
type Invariant struct {
	Name string
	Any  []Cond
}

// The terms of an invariant's conditions. Each begins with the path of a file.
const (
	BytesTerm   = "bytes"   // bytes("/data/a", 0, 5) == "hello": bytes beyond the file's end do not exist
	SizeTerm    = "size"    // size("/data/a") >= 5; 0 where the file does not exist
	ExistsTerm  = "exists"  // exists("/data/a")
	MissingTerm = "missing" // missing("/data/a")
)

// diskTerms says how many arguments each has.
var diskTerms = map[string]int{BytesTerm: 3, SizeTerm: 1, ExistsTerm: 1, MissingTerm: 1}

const invariantExample = `.invariant bytes("/data/a", 0, 5) == "hello" or size("/data/a") == 0`

// String is the line as it is typed.
func (v *Invariant) String() string {
	var conds []string
	for _, c := range v.Any {
		conds = append(conds, c.String())
	}
	text := ".invariant "
	if v.Name != "" {
		text += v.Name + ": "
	}
	return text + strings.Join(conds, " or ")
}

// invariant reads  [NAME:] COND or COND …
func (c *cursor) invariant() (Action, *Error) {
	v := &Invariant{}
	if t := c.peek(); t.kind == tokName && c.peekAt(1).kind == tokPunct && c.peekAt(1).text == ":" {
		v.Name = t.text
		c.next()
		c.next()
	}
	for {
		at := c.peek()
		cond, err := c.cond()
		if err != nil {
			return nil, err
		}
		if err := c.diskCond(at, cond); err != nil {
			return nil, err
		}
		v.Any = append(v.Any, cond)
		if !c.isName("or") {
			return v, nil
		}
		c.next()
	}
}

// diskCond checks that a condition, which begins at a token, can be held against a disk.
func (c *cursor) diskCond(at *token, cond Cond) *Error {
	wrong := func(what string) *Error {
		e := c.errorAt(at, what)
		e.Type = invariantExample
		return e
	}
	args, known := diskTerms[cond.X.Name]
	switch {
	case !known:
		return wrong("an invariant asks for bytes, size, exists or missing of a file")
	case len(cond.X.Args) != args || cond.X.Field != "":
		return wrong(cond.X.Name + " has other arguments")
	}
	if _, ok := cond.X.Args[0].(Str); !ok {
		return wrong("the first argument is the path of a file, in quotes")
	}
	_, text := cond.Y.(Str)
	compares := cond.X.Name == BytesTerm || cond.X.Name == SizeTerm
	switch {
	case compares != (cond.Op != ""):
		return wrong("bytes and size are compared, exists and missing are not")
	case cond.X.Name == BytesTerm && (!text || cond.Op != "==" && cond.Op != "!="):
		return wrong("bytes are compared by == or != with a text in quotes")
	case cond.X.Name == SizeTerm && text:
		return wrong("a size is compared with a number")
	}
	return nil
}
