package refs

import (
	"bufio"
	"io"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// program gives the pages that a program uses, which is run for that.
type program struct {
	text io.Reader
	uses []uint64 // those that have not been read yet
	ran  bool
}

func newProgram(r *bufio.Reader) Reader { return &program{text: r} }

func (p *program) Read(keys []uint64) (int, error) {
	if !p.ran {
		text, err := io.ReadAll(p.text)
		if err != nil {
			return 0, err
		}
		prog, err := script.Parse("", string(text))
		if err != nil {
			return 0, err
		}
		for _, page := range model.References(prog) {
			p.uses = append(p.uses, uint64(page))
		}
		p.ran = true
	}
	n := copy(keys, p.uses)
	if p.uses = p.uses[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
