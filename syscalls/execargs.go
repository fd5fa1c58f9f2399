package syscalls

import (
	"syscall"

	"vmsim/vm"
)

// arguments are what execve gives the new program, at the top of its stack: they are copied there while the old one
// still runs.
// Linux: struct linux_binprm (include/linux/binfmts.h).
type arguments struct {
	space      *vm.Space
	stack      *vm.Area
	argc, envc int
	top        vm.Addr // the lowest byte that is in use
	least      vm.Addr // top may not be lower
	exec       vm.Addr // the path
	kept       vm.Addr // the page that the last string has used; 0 for none
	charged    uint64  // pages of the stack that the old program is charged with
}

// The limits of what execve copies.
// Linux: MAX_ARG_STRLEN (include/uapi/linux/binfmts.h), _STK_LIM, ARG_MAX (include/uapi/linux/limits.h).
const (
	longestArgument = 32 * vm.PageSize
	usualStack      = 8 << 20
	leastArguments  = 131072
)

// copyIn copies path, environment and arguments to the top of a new address space.
// Linux: do_execveat_common (fs/exec.c).
func (x *arguments) copyIn(p *Process, path string, argv, envp vm.Addr) (err error) {
	x.space = p.kernel.newSpace(p.limits)
	x.stack = x.space.MakeCounted(p.stackRegion())
	x.top = vm.TaskSize - wordSize
	if x.argc, err = p.countStrings(argv); err != nil {
		return err
	}
	if x.envc, err = p.countStrings(envp); err != nil {
		return err
	}
	room := max(min(usualStack/4*3, p.Space.Limits.Stack/4), leastArguments)
	pointers := uint64(max(x.argc, 1)+x.envc) * wordSize
	if room <= pointers {
		return p.refuse(syscall.E2BIG, "the pointers to the arguments take more than a quarter of the stack")
	}
	x.least = x.top - vm.Addr(room-pointers)
	if err := x.put(p, path); err != nil {
		return err
	}
	x.exec = x.top
	if err := x.copyStrings(p, envp, x.envc); err != nil {
		return err
	}
	if err := x.copyStrings(p, argv, x.argc); err != nil || x.argc > 0 {
		return err
	}
	x.argc = 1
	return x.put(p, "")
}

// countStrings is how many addresses the array at a has, up to the first NULL.
// Linux: count (fs/exec.c).
func (p *Process) countStrings(a vm.Addr) (n int, err error) {
	if a == 0 {
		return 0, nil
	}
	for ; ; n++ {
		w, ok := p.wordAt(a + vm.Addr(n)*wordSize)
		switch {
		case !ok:
			return 0, p.refuse(syscall.EFAULT, "the array of arguments is not readable")
		case w == 0:
			return n, nil
		}
	}
}

// copyStrings copies the n strings of an array, the last one first.
// Linux: copy_strings (fs/exec.c).
func (x *arguments) copyStrings(p *Process, a vm.Addr, n int) error {
	x.kept = 0
	for n--; n >= 0; n-- {
		w, ok := p.wordAt(a + vm.Addr(n)*wordSize)
		if !ok {
			return p.refuse(syscall.EFAULT, "the array of arguments is not readable")
		}
		length, err := p.lengthAt(vm.Addr(w), longestArgument)
		switch {
		case err != nil:
			return err
		case length > longestArgument:
			return p.refuse(syscall.E2BIG, "an argument is longer than MAX_ARG_STRLEN")
		}
		if err := x.copyString(p, vm.Addr(w), length); err != nil {
			return err
		}
	}
	return nil
}

// copyString copies one string, page by page from its end.
func (x *arguments) copyString(p *Process, from vm.Addr, n int) error {
	if err := x.reserve(p, n); err != nil {
		return err
	}
	for end := x.top + vm.Addr(n); end > x.top; {
		start := max(x.top, (end - 1).Floor())
		if start.Floor() != x.kept {
			if err := x.page(p, start); err != nil {
				return err
			}
			x.kept = start.Floor()
		}
		part := make([]byte, end-start)
		if !p.copyIn(from+(start-x.top), part) {
			return p.refuse(syscall.EFAULT, "an argument is not readable")
		}
		x.write(p, start, part)
		end = start
	}
	return nil
}

// put copies a string of the kernel's.
// Linux: copy_string_kernel (fs/exec.c).
func (x *arguments) put(p *Process, s string) error {
	text := append([]byte(s), 0)
	if err := x.reserve(p, len(text)); err != nil {
		return err
	}
	for end := len(text); end > 0; {
		start := max(0, end-1-int((x.top+vm.Addr(end-1)).Offset()))
		if err := x.page(p, x.top+vm.Addr(start)); err != nil {
			return err
		}
		x.write(p, x.top+vm.Addr(start), text[start:end])
		end = start
	}
	return nil
}

// reserve makes room for n bytes.
// Linux: bprm_hit_stack_limit (fs/exec.c).
func (x *arguments) reserve(p *Process, n int) error {
	if x.top -= vm.Addr(n); x.top < x.least {
		return p.refuse(syscall.E2BIG, "the arguments take more than a quarter of the stack")
	}
	return nil
}

// page makes the page at a ready to be written to.
// Linux: get_arg_page (fs/exec.c).
func (x *arguments) page(p *Process, a vm.Addr) error {
	if a < x.stack.Start && x.space.GrowDown(x.stack, a) != nil {
		return p.refuse(syscall.E2BIG, "the stack cannot grow to hold the arguments")
	}
	frames := p.CPU.PinRemote(nil, x.space, a.Floor(), 1, vm.Store)
	if len(frames) == 0 {
		return p.refuse(syscall.E2BIG, "no frame is left for the arguments")
	}
	p.kernel.Memory.Put(frames[0])
	x.charge(p, x.stack.Pages())
	return nil
}

// charge has the old program charged with so many pages of the new stack, 0 at the end. No page of its own comes or
// goes, but its peak may see them later: counters that lag keep what is added and taken off in different steps.
// Linux: acct_arg_size (fs/exec.c).
func (x *arguments) charge(p *Process, pages uint64) {
	p.Space.Stats.NoteArguments(int64(pages - x.charged))
	x.charged = pages
}

// write puts bytes into a page that is there.
func (x *arguments) write(p *Process, a vm.Addr, b []byte) {
	p.kernel.Memory.Write(p.kernel.Memory.Frame(x.space.Entry(a).PFN()), int(a.Offset()), b)
}

// insert puts what runs a script in the place of its first argument: the interpreter, what the script says for it, and
// the script's own path.
// Linux: load_script (fs/binfmt_script.c).
func (x *arguments) insert(p *Process, interpreter, argument, path string) error {
	x.removeFirst(p)
	words := []string{path, argument, interpreter}
	if argument == "" {
		words = []string{path, interpreter}
	}
	for _, w := range words {
		if err := x.put(p, w); err != nil {
			return err
		}
		x.argc++
	}
	return nil
}

// removeFirst drops the first argument.
// Linux: remove_arg_zero (fs/exec.c).
func (x *arguments) removeFirst(p *Process) {
	x.argc--
	for looked := vm.Addr(0); ; x.top++ {
		if page := x.top.Floor(); page != looked {
			if frames := p.CPU.PinRemote(nil, x.space, page, 1, vm.Load); len(frames) > 0 {
				p.kernel.Memory.Put(frames[0])
			}
			looked = page
		}
		if x.byteAt(p, x.top) == 0 {
			x.top++
			return
		}
	}
}

// byteAt is a byte of the new stack.
func (x *arguments) byteAt(p *Process, a vm.Addr) byte {
	return p.kernel.Memory.Frame(x.space.Entry(a).PFN()).Byte(uint64(a))
}
