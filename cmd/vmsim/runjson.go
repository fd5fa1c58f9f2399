package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// statement is the outcome of one statement as JSON. A field is right or absent: value is there for a call and a
// binding, the fault counts for what the program did itself, without the harness's scratch memory.
type statement struct {
	Text     string       `json:"text"`
	PID      int          `json:"pid"`
	Value    *uint64      `json:"value,omitempty"`
	Errno    string       `json:"errno,omitempty"`
	Signal   string       `json:"signal,omitempty"`
	Minor    *uint64      `json:"minflt,omitempty"`
	Major    *uint64      `json:"majflt,omitempty"`
	Accesses []accessJSON `json:"accesses,omitempty"`
	// hex: what a call or a load of several bytes read, what a store of several wrote
	Data    string `json:"data,omitempty"`
	Mincore string `json:"mincore,omitempty"` // a digit for each page
	// Undetermined are the bytes of data that other processors may leave otherwise.
	Undetermined script.ByteRanges `json:"undetermined,omitempty"`
	Maps         []string          `json:"maps,omitempty"`
	Unmet        []string          `json:"unmet,omitempty"` // what is asserted and does not hold
}

// accessJSON is one load, store or touch. A touch has no value, nor has an access that a signal answered.
type accessJSON struct {
	Addr   string `json:"addr"`
	Value  *byte  `json:"value,omitempty"`
	Signal string `json:"signal,omitempty"`
	// Undetermined says that other processors may find another byte.
	Undetermined bool `json:"undetermined,omitempty"`
}

func writeJSON(w io.Writer, text string, r *run.Result, missed []run.Difference) {
	s := statement{Text: text, PID: r.PID, Maps: r.Maps, Data: hex.EncodeToString(r.Bytes)}
	switch r.Op.Do.(type) {
	case *script.Call, *script.Let:
		s.answer(r)
	case *script.Access, *script.Touch:
		s.accesses(r)
	}
	if r.Signal != nil {
		s.Signal = r.Signal.Error()
	}
	if !r.Scratch && !r.Taken {
		s.Minor, s.Major = &r.Minor, &r.Major
	}
	for _, u := range r.Unmet {
		s.Unmet = append(s.Unmet, u.String())
	}
	for _, d := range missed {
		s.Unmet = append(s.Unmet, fmt.Sprintf("%s: asserted %s, got %s", d.What, d.Want, d.Got))
	}
	_ = json.NewEncoder(w).Encode(s)
}

// answer fills in what a call or a binding gave.
func (s *statement) answer(r *run.Result) {
	switch {
	case r.Errno != 0:
		s.Errno = script.ErrnoName(r.Errno)
	case !r.Unknown:
		s.Value = &r.Value
	}
	if r.HasData {
		s.Data, s.Undetermined = hex.EncodeToString(r.Data), r.Gaps
	}
	for _, v := range r.Vec {
		s.Mincore += string('0' + v&1)
	}
}

// accesses fills in each byte that was loaded or stored.
func (s *statement) accesses(r *run.Result) {
	_, touch := r.Op.Do.(*script.Touch)
	for i := range r.Elems {
		e := &r.Elems[i]
		a := accessJSON{Addr: fmt.Sprintf("%#x", uint64(e.Addr)), Undetermined: e.Undetermined}
		switch {
		case e.Signal != nil:
			a.Signal = e.Signal.Error()
		case !touch && len(r.Bytes) == 0:
			a.Value = &e.Value
		}
		s.Accesses = append(s.Accesses, a)
	}
}
