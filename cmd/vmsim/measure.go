package main

import "vmsim/vm/trace"

// measure is what something cost, for programs that read it.
type measure struct {
	Name     string            `json:"name"`
	Calls    uint64            `json:"calls"`
	Minor    uint64            `json:"minflt"`
	Major    uint64            `json:"majflt"`
	Requests uint64            `json:"requests"`
	Nanos    int64             `json:"ns"`
	Copies   map[string]uint64 `json:"copies"` // bytes, by the language's names
}

func measured(name string, s seen) measure {
	m := measure{name, s.count(trace.SyscallEnter), s.count(trace.FaultMinor), s.count(trace.FaultMajor),
		s.count(trace.IoSubmitted), s.nanos, map[string]uint64{}}
	trace.EachCopy(func(k trace.Kind, word string) { m.Copies[word] = s.tally.Bytes[k] })
	return m
}
