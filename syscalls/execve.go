package syscalls

import (
	"bytes"
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Execve puts another program in the place of the one that runs: the file at path, with the arguments and the
// environment whose addresses are in the arrays at argv and envp. Where it fails the old program goes on.
// Linux: do_execveat_common (fs/exec.c).
func (p *Process) Execve(path string, argv, envp vm.Addr) error {
	p.enter(SysExecve)
	return p.execve(literally(path), argv, envp)
}

func (p *Process) execve(path pathSource, argv, envp vm.Addr) (err error) {
	name, err := path()
	if err != nil {
		return err
	}
	x := &execution{p: p, name: name}
	defer x.drop()
	if err := x.prepare(argv, envp); err != nil {
		return err
	}
	image, interpreter, err := x.find()
	if err != nil {
		return err
	}
	if p.personality&AddrNoRandomize == 0 || p.personality&AddrCompat != 0 {
		return errRandomLayout
	}
	laid, late := binfmt.LayOut(image, interpreter, p.Space.Limits.Stack, p.layingOut())
	x.replace()
	if late == nil {
		late = x.load(laid)
	}
	if late != nil {
		p.failsLate()
	}
	return nil
}

// execution is an execve under way.
// Linux: struct linux_binprm (include/linux/binfmts.h).
type execution struct {
	arguments
	p           *Process
	file        *pagecache.File // what runs, or the interpreter of a script
	interpreter *pagecache.File // of an ELF file; nil for none
	name        string          // of file
	done        bool            // the new program is in place
}

// prepare opens the program and copies its arguments.
// Linux: do_execveat_common, alloc_bprm, bprm_execve (fs/exec.c).
func (x *execution) prepare(argv, envp vm.Addr) (err error) {
	p := x.p
	if p.follows(profile.OpensProgramFirst) {
		if x.file, err = p.openToRun(x.name); err != nil {
			return err
		}
		return x.arguments.copyIn(p, x.name, argv, envp)
	}
	if x.name == "" {
		return p.refuse(syscall.ENOENT, "the path is empty")
	}
	if err := x.arguments.copyIn(p, x.name, argv, envp); err != nil {
		return err
	}
	x.file, err = p.openToRun(x.name)
	return err
}

// drop ends an execve.
// Linux: free_bprm (fs/exec.c).
func (x *execution) drop() {
	for _, f := range [...]*pagecache.File{x.interpreter, x.file} {
		if f != nil {
			f.Mapping.AllowWrites()
			f.Put()
		}
	}
	if !x.done && x.space != nil {
		x.charge(x.p, 0)
		x.space.UnmapAll()
	}
}

// openToRun opens the file of a program, which cannot be written to from here on.
// Linux: do_open_execat (fs/exec.c).
func (p *Process) openToRun(path string) (*pagecache.File, error) {
	at, err := p.existing(AtCWD, path, follow)
	switch {
	case err != nil:
		return nil, err
	case at.isDir():
		return nil, p.refuse(syscall.EACCES, "a directory is no program")
	case at.file().Type() != pagecache.Regular:
		return nil, p.refuse(syscall.EACCES, "only a regular file is a program")
	case !p.permits(at.file(), mayExec):
		return nil, p.refuse(syscall.EACCES, "the file's mode does not let it be executed")
	case !at.file().DenyWrites():
		return nil, p.refuse(pagecache.ETXTBSY, "the file is open for writing")
	}
	f := newFile(at.name, OpenReadOnly)
	p.kernel.Log.Open()
	return f, nil
}

// headSize is how much of a file decides what kind of program it is.
// Linux: BINPRM_BUF_SIZE (include/uapi/linux/binfmts.h).
const headSize = 256

// mostScripts is how many interpreters one program may lead through.
// Linux: exec_binprm (fs/exec.c).
const mostScripts = 5

// find is the program that runs at last, and its interpreter: a script leads to another program.
// Linux: exec_binprm, search_binary_handler (fs/exec.c).
func (x *execution) find() (image, interpreter *binfmt.Image, err error) {
	for depth := 0; ; depth++ {
		if depth > mostScripts {
			return nil, nil, x.p.refuse(syscall.ELOOP, "the program is a script of a script, more than five times")
		}
		var head [headSize]byte
		if _, err := x.p.readKernel(x.file, head[:], 0); err != nil {
			return nil, nil, err
		}
		if !bytes.HasPrefix(head[:], []byte("#!")) {
			return x.images(head)
		}
		if err := x.script(head); err != nil {
			return nil, nil, err
		}
	}
}

// script makes a script's interpreter the program.
// Linux: load_script (fs/binfmt_script.c).
func (x *execution) script(head [headSize]byte) error {
	name, arg, ok := binfmt.ScriptInterpreter(head[:])
	if !ok {
		return x.p.refuse(syscall.ENOEXEC, "the line after #! names no interpreter")
	}
	if err := x.insert(x.p, name, arg, x.name); err != nil {
		return err
	}
	f, err := x.p.openToRun(name)
	if err != nil {
		return err
	}
	x.file.Mapping.AllowWrites()
	x.file.Put()
	x.file, x.name = f, name
	return nil
}

// images reads the headers of an ELF file, and those of the interpreter that it names.
// Linux: load_elf_binary (fs/binfmt_elf.c).
func (x *execution) images(head [headSize]byte) (image, interpreter *binfmt.Image, err error) {
	image, err = binfmt.Read(x.file.Path(), x.p.fileReader(x.file, head[:]))
	if err != nil {
		return nil, nil, x.p.refuse(syscall.ENOEXEC, err.Error())
	}
	if image.Interpreter == "" {
		return image, nil, nil
	}
	if x.interpreter, err = x.p.openToRun(image.Interpreter); err != nil {
		return nil, nil, err
	}
	at := x.p.fileReader(x.interpreter, nil)
	if x.interpreter.Mapping.Size() < binfmt.HeaderSize {
		var short [binfmt.HeaderSize]byte // Linux reads what there is, and so uses its page
		_, _ = x.p.readKernel(x.interpreter, short[:], 0)
		return nil, nil, x.p.refuse(syscall.EIO, "the interpreter is shorter than the header of an ELF file")
	}
	if interpreter, err = binfmt.Read(x.interpreter.Path(), at); err != nil {
		return nil, nil, x.p.refuse(errBadLibrary, err.Error())
	}
	return image, interpreter, nil
}

// layingOut is how this release lays out a program.
func (p *Process) layingOut() binfmt.Kernel {
	return binfmt.Kernel{Clocks: p.follows(profile.ClockArea), BreakBehindLoader: !p.follows(profile.LoaderBreakMoves)}
}

// replace ends the old program: its threads, its memory, and the descriptors that were to be closed.
// Linux: begin_new_exec (fs/exec.c).
func (x *execution) replace() {
	p := x.p
	first := p.group.first()
	p.endThreads()
	p.succeed(first)
	p.unshareDescriptors()
	x.charge(p, 0)
	p.adopt(x.space)
	p.mm.runs(x.file)
	x.done = true
	p.closeMarked()
	p.forgetHandlers()
	p.personality &^= ReadImpliesExec
}

// failsLate ends a process whose old program is gone already when execve fails.
// Linux: bprm_execve (fs/exec.c).
func (p *Process) failsLate() {
	p.endedBySignal(uint32(fault.SIGSEGV))
	p.end()
}
