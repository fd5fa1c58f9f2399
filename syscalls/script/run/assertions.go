package run

import (
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// holds is what the text asserts about one statement.
type holds struct {
	kinds    Kinds // the kinds that are asserted
	want     *script.Want
	value    operand // the asserted value, where want says one
	signal   string
	handled  []string
	faults   [2]uint64
	maps     []string
	vec      string
	data     string
	kernel   []kernelTouch
	observed []Observation
}

// kernelTouch is what the kernel has touched while it served a call outside the model.
type kernelTouch struct {
	addr  vm.Addr
	write bool
}

// holds compiles the notes and the asserted result.
func (c *compiler) holds(s *step) error {
	h := &s.hold
	if call, ok := s.op.Do.(*script.Call); ok && call.Want != nil && !call.Want.Any {
		h.kinds |= Results
		h.want = call.Want
		if call.Want.Errno == 0 {
			h.value = c.operand(call.Want.X)
		}
	}
	if a, ok := s.op.Do.(*script.Access); ok && !a.Store && (a.Value != nil || a.Any) {
		h.kinds |= Bytes
	}
	if s.kind == stepExpect {
		h.kinds |= Expects
	}
	for _, n := range s.op.Notes {
		h.note(n)
	}
	// Some recordings mix the two; what went comes first here.
	slices.SortStableFunc(h.maps, func(a, b string) int { return int(b[0]) - int(a[0]) })
	return nil
}

func (h *holds) note(n script.Note) {
	kind := kindOfNote[n.Word]
	h.kinds |= kind
	switch n.Word {
	case "+", "-":
		h.maps = append(h.maps, n.Word+" "+n.Text)
	case "faults":
		minor, major, _ := strings.Cut(n.Text, " ")
		h.faults[0], _ = number10(minor)
		h.faults[1], _ = number10(major)
	case "---":
		h.signal = n.Text
	case "handler":
		h.handled = append(h.handled, n.Text)
	case "mincore":
		h.vec = n.Text
	case "data":
		h.data = strings.ToLower(n.Text)
	case "kernel":
		mode, addr, _ := strings.Cut(n.Text, " ")
		a, _ := script.Number(addr)
		h.kernel = append(h.kernel, kernelTouch{vm.Addr(a), mode == "w"})
	default:
		h.addObserved(kind, n.Text)
	}
}

func (h *holds) addObserved(kind Kinds, line string) {
	for i := range h.observed {
		if h.observed[i].Kind == kind {
			h.observed[i].Lines = append(h.observed[i].Lines, line)
			return
		}
	}
	h.observed = append(h.observed, Observation{kind, []string{line}})
}

// number10 reads a decimal number of a note that has been checked.
func number10(s string) (v uint64, ok bool) {
	for i := 0; i < len(s); i++ {
		v = v*10 + uint64(s[i]-'0')
	}
	return v, s != ""
}
