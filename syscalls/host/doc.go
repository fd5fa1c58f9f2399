// Package host runs programs on the Linux that this process runs on, and answers as the model does: its Process is a
// syscalls.Caller, its Machine a run.Machine. What the two say can then be compared statement by statement.
//
// A Go program is a bad witness of what the kernel does to a process: its runtime maps, faults and takes signals on its
// own. So the witness is a puppet, a process that does nothing of its own accord: three pages of image that this
// package writes, one instruction for each thing a statement can ask for, and a breakpoint after it. The puppet is held
// under ptrace. A statement sets its registers, lets it run to the breakpoint, and reads what became of them; a bad
// access stops it with the signal that it would get, which is read and swallowed. Its children are puppets too. Between
// two statements it does not exist, as far as memory is concerned: no fault, no area, no descriptor is its own doing.
//
//	0x400000  r--p  the ELF header                  0x402000  rw-p  a page of data
//	0x401000  r-xp  syscall; load; store; or        0x403000  rw-p  1 MiB of bss: the scratch memory
//
// Address randomisation is off, the stack limit is 8 MiB, the environment is empty: the same program gives the same
// addresses each time. Debugger accesses (/proc/PID/mem) put strings in and take buffers out; the faults that they
// cause are charged to the debugger.
//
// As root a puppet lives in a root directory of its own, a tmpfs that is mounted nowhere: it exists as long as a
// descriptor of this process does. The files of a program are on it under /data, or on an ext4 file system in a loop
// device that clears itself, whose image is memory. So whatever ends this process, kill -9 too, takes processes, mounts
// and devices with it. Without root the files lie in a directory of /dev/shm, and paths are rewritten on the way in and
// out.
//
// Where counters of /proc/vmstat are asked for, the puppets live in a control group for memory, and one more puppet
// writes the programs' files and holds the image, since a page counts for the group of the process that brought it into
// memory. The group goes with this process: a guardian removes it when this process was killed.
//
// Everything that ptrace touches must happen on the one thread that started the puppet. The package keeps that thread;
// its methods may be called from anywhere. Each then costs a switch between threads, which Machine.Run spares: what
// runs inside it is on that thread already.
//
// # What is left out
//
// How long a call takes: the puppet is stopped before and after each. What a program computes between two statements: a
// puppet makes the accesses that a statement asks for, and no other.
package host
