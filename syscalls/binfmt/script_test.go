package binfmt_test

import (
	"bytes"
	"strings"
	"testing"

	"vmsim/syscalls/binfmt"
	"vmsim/vm"
)

func TestScriptNamesItsInterpreterAndOneArgument(t *testing.T) {
	for _, c := range []struct {
		line, name, argument string
		ok                   bool
	}{
		{"#!/bin/sh\n", "/bin/sh", "", true},
		{"#! \t/bin/sh -x  y \nz", "/bin/sh", "-x  y", true},
		{"#!/bin/sh", "/bin/sh", "", true},
		{"#!  \n", "", "", false},
		{"#!", "", "", true},
		{"#!/" + strings.Repeat("x", 300), "", "", false},
		{"#!/bin/sh " + strings.Repeat("x", 300), "/bin/sh", strings.Repeat("x", 256-11), true},
	} {
		head := make([]byte, 256)
		copy(head, c.line)
		name, argument, ok := binfmt.ScriptInterpreter(head)
		if name != c.name || argument != c.argument || ok != c.ok {
			t.Errorf("%.20q: %q %q %v, not %q %q %v", c.line, name, argument, ok, c.name, c.argument, c.ok)
		}
	}
}

func TestStubIsLaidOutWhereItsPagesAre(t *testing.T) {
	stub := binfmt.Stub{Size: 20000}
	file := stub.Bytes()
	if len(file) != 20000 || !binfmt.IsStub(file[binfmt.StubText:]) || binfmt.IsStub(file) {
		t.Fatalf("a stub of %d bytes, whose instructions are not found", len(file))
	}
	im, err := binfmt.Read("/a", bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	laid, err := binfmt.LayOut(im, nil, 8<<20, binfmt.Kernel{Clocks: true})
	if err != nil {
		t.Fatal(err)
	}
	want := binfmt.StubAddr + binfmt.StubText + binfmt.StubEntry
	if laid.Start != want || laid.Entry != want || laid.Headers != binfmt.StubAddr+binfmt.HeaderSize ||
		laid.HeaderCount != 5 || laid.Code != [2]vm.Addr{want, want + 0x1000} || laid.Break != 0x507000 {
		t.Errorf("laid out as %+v", laid)
	}
}
