//go:build linux && amd64

package host

import (
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
)

// imageCode is where the instructions of a puppet are that execve has not moved.
const imageCode = binfmt.StubAddr + binfmt.StubText

// image is the puppet's executable: three pages, of which the middle one holds the instructions.
func image() []byte { return binfmt.Stub{}.Bytes() }

// at is the address of an instruction of the puppet, which the program that execve has started may have elsewhere.
func (p *puppet) at(instruction vm.Addr) vm.Addr { return imageCode + p.moved + instruction }

// scratch is where the puppet has its memory for arguments.
func (p *puppet) scratch() vm.Addr { return p.at(binfmt.StubScratch - binfmt.StubText) }
