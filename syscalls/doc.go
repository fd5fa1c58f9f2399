// Package syscalls is the machine as a program sees it: system calls with the man page's arguments and Linux's answers,
// loads and stores, /proc.
//
//	k := syscalls.New(syscalls.Config{RAM: 64 << 20, FS: "ext4"})
//	err := k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 65536, Cold: true})
//	p := k.Spawn()
//	fd, err := p.Open("/data/a", syscalls.OpenReadWrite, 0)
//	a, err := p.Mmap(0, 65536, vm.ProtRead|vm.ProtWrite, syscalls.MapShared, fd, 0)
//	b, err := p.Load(a)            // faults, and reads the page from the disk
//	minor, major := p.Faults()     // 0, 1
//	err = p.Msync(a, 4096, syscalls.SyncSync)
//
// # What there is
//
//	Config    what the machine is like; the zero value is a machine, and Check says what is wrong with another
//	Kernel    one machine: memory, page cache, disk, clock and processes
//	Process   a program: its address space, processor and descriptors; it makes the calls
//	Policies  what decides in Linux's place: the code of an exercise or an experiment
//
// # What a process does
//
// Each system call is a method with typed arguments: Mmap, Munmap, Mprotect, Mremap, Madvise, Msync, Pread64, Fork and
// the others, one file each. Call does the same with a number and registers. Load and Store are what an instruction
// does: the TLB, the page table and, where the entry does not allow it, a page fault.
//
// An error of a call is a syscall.Errno and compares with ==. The checks come in Linux's order, since with two mistakes
// in one call the order decides which errno comes back. An error of Load or Store is a *fault.Signal, which prints as
// strace prints it. An *Unmodelled error is neither: the model does not have what was asked for.
// # Where to look
//
//	number, name, handler          number.go, calltable*.go
//	areas                          mmap*.go, munmap.go, mprotect.go, mremap*.go, madvise*.go, mlock.go, mseal.go,
//	                               brk.go
//	what is in memory              mincore.go, cachestat.go, fadvise.go, readahead.go
//	bytes of files                 readwrite.go, readvwritev.go, iovec.go, lseek.go, truncate.go, fallocate.go
//	without a copy in the program  sendfile.go, splice.go, copyfilerange.go, pipe.go, socket.go
//	durability                     fsync.go, msync.go, sync.go, powercut.go
//	names and descriptors          open.go, paths.go, pathlookup.go, link.go, rename.go, unlink.go, directories.go,
//	                               dup.go, fcntl.go, descriptor.go, stat*.go
//	shared memory                  shmget.go, shmat.go, shmctl.go, memfd.go
//	processes                      fork.go, clone.go, exec*.go, threadgroup.go, endofprocess.go, wait4.go, waitid.go
//	another process's memory       processvm.go, processmadvise.go, processmemory.go
//	signals                        sigaction.go, sigaltstack.go, sigframe.go
//	userfaultfd                    userfault*.go
//	rights and limits              capability.go, mode.go, rlimit.go, prctl.go, personality.go, pkey.go
//	short of memory                swapon.go, oom.go
//
// # The path of one operation
//
// mmap of a file with MAP_SHARED|MAP_POPULATE:
//
//	Call(SysMmap, registers)   the table leads to the handler, which gives the registers types
//	Mmap                       the offset; the descriptor: EINVAL, EBADF
//	mmapSize                   the length, the largest offset: EINVAL, ENOMEM, EOVERFLOW
//	mmapPlace                  vm.Space.Place: the address, or EEXIST, ENOMEM, EPERM
//	MayLock                    RLIMIT_MEMLOCK: EAGAIN
//	mmapFile                   how the file is open, its seals, whether it can be mapped: EACCES, EPERM, ENODEV
//	mmapRegion                 vm.Space.Map: the limits; what was there is unmapped; the area is made, or merged
//	PopulateQuietly            package fault: a fault for each page; errors are not reported
//	ReturnToUser, End          the program pays for memory.high; files that the call has closed are released
//
// Each check that fails goes through refuse, which logs the reason: an errno alone does not say which of its causes it
// was.
//
// # What can be seen
//
//	p.Maps(), p.Faults(), p.Space       areas, counters and entries of a process
//	k.Proc                              the files of /proc, byte for byte
//	k.Log.Observe(f)                    every step of the machine, in order, as it happens
//	k.Log.Count(kind), k.Log.Bytes(k)   how often a step was taken, and what it has copied or moved
//	k.Clock.Now()                       virtual time
//	k.Check()                           the first broken invariant of any part; a test ends with it
//
// Everything runs in one thread and in virtual time, so the same program gives the same steps, byte for byte. Time
// passes with the steps, with the disk that a process waits for, and with Sleep, in which the flusher runs when it is
// due.
//
// # What is left out
//
// Scheduling and namespaces. Credentials are limited to capabilities, the same for all programs of a machine, and to
// the modes of files.
package syscalls
