package crash

import (
	"strings"

	"vmsim/syscalls/script"
)

// want is a condition of an invariant, evaluated.
type want struct {
	term string
	path string
	at   int64 // of bytes
	op   string
	text string // what bytes are compared with
	size int64  // what a size is compared with
}

// wantsOf evaluates an invariant's conditions, which name no variables.
func wantsOf(v *script.Invariant) (wants []want, err error) {
	for _, c := range v.Any {
		w := want{term: c.X.Name, path: c.X.Args[0].(script.Str).Val, op: c.Op}
		switch w.term {
		case script.BytesTerm:
			at, err := number(c.X.Args[1])
			if err != nil {
				return nil, err
			}
			n, err := number(c.X.Args[2])
			if err != nil {
				return nil, err
			}
			text := c.Y.(script.Str)
			times := int64(1)
			if text.Times != nil {
				if times, err = number(text.Times); err != nil {
					return nil, err
				}
			}
			w.at, w.text = at, strings.Repeat(text.Val, int(max(0, min(times, mostBytes))))
			if int64(len(w.text)) != n || n > mostBytes {
				return nil, &invariantError{v, "the text is not as long as the bytes that it is compared with, " +
					"or longer than 64 KiB"}
			}
		case script.SizeTerm:
			if w.size, err = number(c.Y); err != nil {
				return nil, err
			}
		}
		wants = append(wants, w)
	}
	return wants, nil
}

// mostBytes bounds what a condition reads.
const mostBytes = 64 << 10

// invariantError is an invariant that cannot be held against a disk.
type invariantError struct {
	Invariant *script.Invariant
	Why       string
}

func (e *invariantError) Error() string { return e.Invariant.String() + ": " + e.Why }

func number(x script.Expr) (int64, error) {
	v, err := script.Eval(x, func(string) (uint64, bool) { return 0, false })
	return int64(v), err
}

// sectors are those that a condition reads.
func (w want) sectors() (first, end int64) {
	if w.term != script.BytesTerm || w.text == "" {
		return 0, 0
	}
	return w.at / sectorSize, (w.at+int64(len(w.text))-1)/sectorSize + 1
}

// file is one file of an image, as far as conditions look: its size and the sectors that they read.
type file struct {
	size    int64
	sectors map[int64]string
}

// holds evaluates a condition; f is nil for a file that does not exist.
func (w want) holds(f *file) bool {
	switch w.term {
	case script.ExistsTerm:
		return f != nil
	case script.MissingTerm:
		return f == nil
	case script.SizeTerm:
		size := int64(0)
		if f != nil {
			size = f.size
		}
		return script.Compare(uint64(size), w.op, uint64(w.size))
	}
	return w.matches(f) == (w.op == "==")
}

// matches reports whether the file has the bytes; those beyond its end match nothing.
func (w want) matches(f *file) bool {
	if f == nil || w.at+int64(len(w.text)) > f.size {
		return false
	}
	first, end := w.sectors()
	for n := first; n < end; n++ {
		from, to := max(w.at, n*sectorSize), min(w.at+int64(len(w.text)), (n+1)*sectorSize)
		if f.sectors[n][from-n*sectorSize:to-n*sectorSize] != w.text[from-w.at:to-w.at] {
			return false
		}
	}
	return true
}

// sectorsRead are the sectors that the program's invariants read, of any file: a rename may bring another one there.
func sectorsRead(prog *script.Program) (map[int64]bool, error) {
	reads := map[int64]bool{}
	for i := range prog.Ops {
		v, ok := prog.Ops[i].Do.(*script.Invariant)
		if !ok {
			continue
		}
		wants, err := wantsOf(v)
		if err != nil {
			return nil, err
		}
		for _, w := range wants {
			for n, end := w.sectors(); n < end; n++ {
				reads[n] = true
			}
		}
	}
	return reads, nil
}
