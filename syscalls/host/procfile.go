//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

// ProcFile is the text of a file of /proc/PID; of status, the lines that tell of memory.
func (c *Process) ProcFile(name string) (text string, err error) {
	c.m.thread.do(func() {
		if name == "maps" {
			text = c.Maps()
			return
		}
		text, err = c.procFile(name)
	})
	if name == "status" {
		text = memoryLines(text)
	}
	return text, err
}

func (c *Process) procFile(name string) (string, error) {
	fd, err := c.p.file(name)
	if err != nil {
		return "", err
	}
	buf := c.m.buf[:0]
	for {
		if cap(buf)-len(buf) < 8192 {
			buf = append(make([]byte, 0, 2*cap(buf)+65536), buf...)
		}
		room := cap(buf) - len(buf)
		n, err := syscall.Pread(fd, buf[len(buf):cap(buf)], int64(len(buf)))
		if err != nil {
			return "", fmt.Errorf("/proc/PID/%s: %w", name, err)
		}
		if buf = buf[:len(buf)+n]; n <= 0 || n < room && name != "smaps" {
			break // the others come whole, smaps some areas at a time
		}
	}
	c.m.buf = buf
	return c.m.paths.outward(buf), nil
}

// file is a descriptor of a file of the puppet's in /proc, opened when it is first wanted.
func (p *puppet) file(name string) (int, error) {
	if fd, ok := p.files[name]; ok {
		return fd, nil
	}
	path := fmt.Sprintf("/proc/%d/%s", p.tid, name)
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("%s: %w", path, err)
	}
	if p.files == nil {
		p.files = map[string]int{}
	}
	p.files[name] = fd
	return fd, nil
}

// memoryLines are the lines of status that tell of memory.
func memoryLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Vm") || strings.HasPrefix(line, "Rss") || strings.HasPrefix(line, "HugetlbPages") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Pagemap fills out with the entries of /proc/PID/pagemap from page first on. Without root's rights they name no frame.
func (c *Process) Pagemap(first vm.VPN, out []procfs.PagemapEntry) (err error) {
	c.m.thread.do(func() {
		var fd int
		if fd, err = c.p.file("pagemap"); err == nil {
			err = readWords(fd, uint64(first), unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(out))), len(out)))
		}
	})
	return err
}

// readWords reads 64-bit words from the first-th on; what lies beyond the end of the file is 0.
func readWords(fd int, first uint64, out []uint64) error {
	clear(out)
	if len(out) == 0 {
		return nil
	}
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(out)*8)
	for off := int64(first * 8); len(buf) > 0; {
		n, err := syscall.Pread(fd, buf, off)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		buf, off = buf[n:], off+int64(n)
	}
	return nil
}

// PageFlags fills out with the flags in /proc/kpageflags of the frames that the pages from first on show.
func (c *Process) PageFlags(first vm.VPN, out []procfs.PageFlags) error {
	entries := make([]procfs.PagemapEntry, len(out))
	if err := c.Pagemap(first, entries); err != nil {
		return err
	}
	fd, err := c.m.pageFlags()
	if err != nil {
		return err
	}
	clear(out)
	for i, e := range entries {
		if e&procfs.PagemapPresent == 0 {
			continue
		}
		if e.Frame() == 0 {
			return fmt.Errorf("/proc/PID/pagemap: frames are shown to root only")
		}
		var word [1]uint64
		if err := readWords(fd, uint64(e.Frame()), word[:]); err != nil {
			return fmt.Errorf("/proc/kpageflags: %w", err)
		}
		out[i] = procfs.PageFlags(word[0])
	}
	return nil
}

// pageFlags is a descriptor of /proc/kpageflags.
func (m *Machine) pageFlags() (int, error) {
	if m.kpageflags == nil {
		f, err := os.Open("/proc/kpageflags")
		if err != nil {
			return -1, err
		}
		m.kpageflags = f
	}
	return int(m.kpageflags.Fd()), nil
}

// MachineFile is the text of a file of /proc that is of the whole machine.
func (m *Machine) MachineFile(name string) (string, error) {
	text, err := os.ReadFile("/proc/" + name)
	return string(text), err
}
