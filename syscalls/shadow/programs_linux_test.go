//go:build amd64

package shadow_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/syscalls/host"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/shadow"
)

// role is the environment variable that makes the test's own binary be a program to look at, or one that looks.
const role = "VMSIM_SHADOW_ROLE"

// programs are what the test's own binary does in a role.
var programs = map[string]func(){
	"program":   program,
	"crash":     crash,
	"rename":    func() { renamed(os.Getenv(place)) },
	"direct":    func() { direct(os.Getenv(place)) },
	"persona":   persona,
	"userfault": userfault,
	"holes":     func() { holes(os.Getenv(place)) },
	"unnamed":   func() { unnamed(os.Getenv(place)) },
	"zero":      zero,
	"mrelease":  released,
	"clones":    clones,
	"advised":   advised,
	"ordinary":  ordinary,
	"sealed":    sealed,
	"waiting":   waiting,
	"shadow":    looking,
}

func TestMain(m *testing.M) {
	if program, ok := programs[os.Getenv(role)]; ok {
		program()
		os.Exit(0)
	}
	os.Exit(leash.Tests(m))
}

// advised frees pages of its own by process_madvise, and touches them again.
func advised() {
	b, err := unix.Mmap(-1, 0, 4*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		panic(err)
	}
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return
	}
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	parts := []unix.Iovec{{Base: &b[0], Len: 4096}, {Base: &b[2*4096], Len: 4096}}
	_, _, _ = unix.Syscall6(unix.SYS_PROCESS_MADVISE, uintptr(fd), uintptr(unsafe.Pointer(&parts[0])), 2,
		unix.MADV_DONTNEED, 0, 0) // older kernels do not let it
	for i := 0; i < len(b); i += 4096 {
		b[i] = 2
	}
}

// ordinary opens one of the kernel's files as if it might have to be made, becomes an ordinary user, and locks more
// memory than one may.
func ordinary() {
	_, _ = unix.Open(fmt.Sprintf("/proc/%d/oom_score_adj", os.Getpid()), unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, 0o644)
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		return
	}
	if unix.Setuid(65534) != nil {
		os.Exit(3)
	}
	b, err := unix.Mmap(-1, 0, 4*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		panic(err)
	}
	_ = unix.Mlock(b)
	b[0] = 1
	_ = unix.Madvise(b[:4096], unix.MADV_DONTNEED)
	b[0] = b[4096]
	_ = unix.Mprotect(b[4096:8192], unix.PROT_NONE)
	_ = unix.Mprotect(b[4096:8192], unix.PROT_READ|unix.PROT_WRITE)
	b[4096] = 1
}

// sealed maps a file that may not be written any more.
func sealed() {
	fd, err := unix.MemfdCreate("sealed", unix.MFD_ALLOW_SEALING)
	if err != nil {
		panic(err)
	}
	if err := unix.Ftruncate(fd, 8192); err != nil {
		panic(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err != nil {
		panic(err)
	}
	if _, err := unix.Mmap(fd, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		panic("a sealed file is mapped for stores")
	}
}

// waiting is a program that goes on until it is killed.
func waiting() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	select {}
}

// looking is a shadow of such a program.
func looking() {
	os.Setenv(role, "waiting")
	_, err := shadow.Run([]string{os.Args[0]}, shadow.Options{Profile: host.Profile()})
	fmt.Println(err)
}

// place is the environment variable with the directory where that program may make files.
const place = "VMSIM_SHADOW_PLACE"

const marked = 0x123000 // a length that nothing else maps

// program does with its memory, its threads and a child what the tests look for.
func program() {
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			b, err := unix.Mmap(-1, 0, marked, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
			if err != nil {
				panic(err)
			}
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			_ = unix.Mprotect(b[4096:8192], unix.PROT_READ)
			_ = unix.Munmap(b)
		}()
	}
	all.Wait()
	file, err := os.Open(os.Args[0])
	if err != nil {
		panic(err)
	}
	b, err := unix.Mmap(int(file.Fd()), 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	b[5000]++
	os.Setenv(role, "none")
	_ = exec.Command(os.Args[0], "-test.run=^$").Run()
	os.Exit(7)
}

// crash reads where it may not, and ends with the code 2.
func crash() {
	defer func() {
		if recover() != nil {
			os.Exit(2)
		}
	}()
	debug.SetPanicOnFault(true)
	b, err := unix.Mmap(-1, 0, marked, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err == nil {
		fmt.Println(b[4096])
	}
}

// zero maps the device that gives zeros.
func zero() {
	fd, err := unix.Open("/dev/zero", unix.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	for _, how := range []int{unix.MAP_SHARED, unix.MAP_PRIVATE} {
		b, err := unix.Mmap(fd, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, how)
		if err != nil {
			panic(err)
		}
		b[0] = 1
	}
}

// clones makes children whose numbers are stored in a page that both have, and fails to make another once the address
// space is copied, since the number of its descriptor cannot be stored.
func clones() {
	b, err := unix.Mmap(-1, 0, marked, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		panic(err)
	}
	b[0] = 1
	child, _, e := unix.RawSyscall(unix.SYS_CLONE, unix.CLONE_PARENT_SETTID|uintptr(unix.SIGCHLD), 0,
		uintptr(unsafe.Pointer(&b[0])))
	if child == 0 && e == 0 {
		for {
			_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	_, _ = unix.Wait4(int(child), nil, 0, nil)
	b[0] = 2
	child, _, e = unix.RawSyscall(unix.SYS_CLONE, unix.CLONE_PIDFD|uintptr(unix.SIGCHLD), 0,
		uintptr(unsafe.Pointer(&b[0])))
	if child == 0 && e == 0 {
		for {
			_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	_, _ = unix.Wait4(int(child), nil, 0, nil)
	_, _, _ = unix.RawSyscall(unix.SYS_CLONE, unix.CLONE_PIDFD|uintptr(unix.SIGCHLD), 0, 8)
	b[0] = 3
}

// released kills a child and has its pages freed at once.
func released() {
	child := exec.Command("cat") // it has one thread, which waits when it has answered: no fault is under way
	in, err := child.StdinPipe()
	if err != nil {
		panic(err)
	}
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err == nil {
		_, err = io.WriteString(in, "ready\n")
	}
	if err != nil {
		panic(err)
	}
	_, _ = io.ReadFull(out, make([]byte, len("ready\n")))
	fd, err := unix.PidfdOpen(child.Process.Pid, 0)
	if err != nil {
		os.Exit(3)
	}
	_ = child.Process.Kill()
	if _, _, e := unix.Syscall(unix.SYS_PROCESS_MRELEASE, uintptr(fd), 0, 0); e == unix.ENOSYS {
		os.Exit(3)
	}
	_ = child.Wait()
}

// renamed maps a file under the names that it gets, of which one is in a new directory that gets another as well, and
// reads what was written under the first. Another file takes that one meanwhile.
func renamed(dir string) {
	done(os.WriteFile(dir+"/other", []byte("other"), 0o600))
	done(os.WriteFile(dir+"/old", make([]byte, 8192), 0o600))
	done(os.Link(dir+"/old", dir+"/linked"))
	file, err := os.OpenFile(dir+"/linked", os.O_RDWR, 0)
	done(err)
	done(os.Mkdir(dir+"/made", 0o700))
	for _, names := range [][2]string{{"/linked", "/linked"}, {"/old", "/made/new"}, {"/made", "/last"},
		{"/other", "/old"}} {
		done(os.Rename(dir+names[0], dir+names[1]))
		_, err = unix.Mmap(int(file.Fd()), 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		done(err)
	}
	done(unix.Renameat2(unix.AT_FDCWD, dir+"/old", unix.AT_FDCWD, dir+"/last/new", unix.RENAME_EXCHANGE))
	for _, name := range []string{"/old", "/last/new"} {
		again, err := os.Open(dir + name)
		done(err)
		_, err = unix.Mmap(int(again.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
		done(err)
		_, err = again.Read(make([]byte, 8192))
		done(err)
	}
}

func done(err error) {
	if err != nil {
		panic(err)
	}
}

// direct reads a file past the page cache, into memory that was never touched.
func direct(dir string) {
	done(os.WriteFile(dir+"/file", make([]byte, 1<<16), 0o600))
	fd, err := unix.Open(dir+"/file", unix.O_RDONLY|unix.O_DIRECT, 0)
	if err != nil {
		os.Exit(3)
	}
	b, err := unix.Mmap(-1, 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	done(err)
	_, err = unix.Read(fd, b)
	done(err)
}

// userfault handles the faults of a part of an area, and takes none there.
func userfault() {
	fd, _, e := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	api := [3]uint64{0xaa}
	if e == 0 {
		_, _, e = unix.Syscall(unix.SYS_IOCTL, fd, 0xc018aa3f, uintptr(unsafe.Pointer(&api)))
	}
	if e != 0 {
		os.Exit(3)
	}
	b, err := unix.Mmap(-1, 0, 8<<12, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	done(err)
	at := uintptr(unsafe.Pointer(&b[2<<12])) // of the mapping, which Go never moves
	register := [4]uint64{uint64(at), 2 << 12, 1}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, fd, 0xc020aa00, uintptr(unsafe.Pointer(&register))); e != 0 {
		panic(e)
	}
	done(unix.Mprotect(b[7<<12:], unix.PROT_NONE))
}

// holes asks where data begin and end in a file, of which a part of a block has been zeroed.
func holes(dir string) {
	file, err := os.Create(dir + "/file")
	done(err)
	_, err = file.Write(make([]byte, 1<<16))
	done(err)
	fd := int(file.Fd())
	if unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 8192, 16384) != nil ||
		unix.Fallocate(fd, unix.FALLOC_FL_ZERO_RANGE, 100, 9000) != nil {
		os.Exit(3)
	}
	const data, hole = 3, 4
	for _, whence := range []int{hole, data} {
		_, err = unix.Seek(fd, 0, whence)
		done(err)
	}
}

// persona gives itself another personality than its own.
func persona() {
	if _, _, e := unix.Syscall(unix.SYS_PERSONALITY, 0x0040000, 0, 0); e != 0 {
		panic(e)
	}
}

// unnamed maps a file that never had a name, and then denies itself memory that is writable and executable.
func unnamed(dir string) {
	fd, err := unix.Open(dir, unix.O_RDWR|unix.O_TMPFILE, 0o600)
	if err == nil {
		err = unix.Ftruncate(fd, 8192)
	}
	var b []byte
	if err == nil {
		b, err = unix.Mmap(fd, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	}
	if err == nil {
		err = unix.Prctl(unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
	}
	if err == nil && unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC) != unix.EACCES {
		err = unix.ENOTSUP
	}
	if err != nil {
		os.Exit(3) // a file system or a kernel that does not have it
	}
}
