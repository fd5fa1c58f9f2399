//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"syscall"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// scribe is a puppet that is no process of any program: it writes the programs' files, since the pages of a file are
// counted for the group of the process that puts them into memory.
type scribe struct{ p *puppet }

// Where the scribe has its strings and bytes: in its scratch memory.
const (
	scribeName  = int64(script.ScratchAddr) + 512
	scribeBytes = int64(script.ScratchAddr) + 64<<10
	scribeMost  = 512 << 10
)

// scribe is the one of the tree, started when it is first wanted. The first one also makes the pages by which the group
// is made to add up.
func (m *Machine) scribe() (*scribe, error) {
	c := m.counters
	if s := c.scribes[m.tree]; s != nil {
		return s, nil
	}
	proc, err := m.spawn()
	if err != nil {
		return nil, fmt.Errorf("host: the process that makes files: %w", err)
	}
	s := &scribe{proc.p}
	c.scribes[m.tree] = s
	if c.group.pulse == nil {
		err = s.beat(c.group)
	}
	if err == nil {
		err = s.copyImage(m.tree)
	}
	c.image += imagePages
	return s, err
}

// dismiss ends the scribe of a tree.
func (c *counters) dismiss(t *tree) {
	if s := c.scribes[t]; s != nil {
		s.p.kill()
		delete(c.scribes, t)
		c.image -= imagePages
	}
}

// imagePages is how many pages of a file an image is.
var imagePages = uint64(len(image())+vm.PageSize-1) / vm.PageSize

// copyImage puts an image in the place of the tree's that counts for the group as well. Where the root is a disk it
// lies in memory too: whether its pages have been written back would depend on others' sync().
func (s *scribe) copyImage(t *tree) error {
	const fresh = imageName + ".new"
	if t.memory >= 0 && stacksMounts() {
		return s.mountCopy(t, fresh)
	}
	if err := s.makeImage(t, fresh); err != nil {
		return err
	}
	return os.Rename(t.path(fresh), t.path(imageName))
}

// mountCopy writes an image of that name on the image's own file system, and mounts it.
func (s *scribe) mountCopy(t *tree, name string) error {
	const at = "/image" // while the scribe writes it
	if err := os.Mkdir(t.path(at), rootMode); err != nil {
		return err
	}
	defer os.Remove(t.path(at)) // the mount goes with it
	if err := t.join(mount{fd: t.memory, at: at[1:]}); err != nil {
		return err
	}
	if err := s.makeImage(t, at+name); err != nil {
		return err
	}
	if err := os.Rename(t.inMemory(name), t.inMemory(imageName)); err != nil {
		return err
	}
	return t.mountImage()
}

// makeImage writes an image of that name.
func (s *scribe) makeImage(t *tree, name string) error {
	if err := os.WriteFile(t.path(name), nil, rootMode); err != nil {
		return err
	}
	if err := s.fill(name, image()); err != nil {
		return err
	}
	return os.Chmod(t.path(name), rootMode) // whatever mask this process has
}

// beat makes the group's pages.
func (s *scribe) beat(g *group) error {
	if err := s.put(scribeName, []byte("pulse\x00")); err != nil {
		return err
	}
	fd, err := s.call(sysMemfdCreate, uint64(scribeName), memfdCloexec, 0)
	if err != nil {
		return err
	}
	if err := s.write(fd, make([]byte, g.pages*vm.PageSize)); err != nil {
		return err
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%d", s.p.tid, fd))
	if err != nil {
		return err
	}
	defer f.Close()
	return g.beat(int(f.Fd()))
}

// warm has the pages of the tree's image look as used as they get. How used they are would otherwise depend on what
// earlier programs did: an image that is executed is read, and one that is locked is not even in the list of the
// active.
// Linux: folio_mark_accessed (mm/swap.c).
func (t *tree) warm() error {
	f, err := os.Open(t.path(imageName))
	if err != nil {
		return err
	}
	defer f.Close()
	var b [1]byte
	for off := int64(0); off < int64(len(image())); off += vm.PageSize {
		for range 4 { // referenced, active, referenced again, and one to spare
			if _, err := f.ReadAt(b[:], off); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill writes a file that is there, and empty. path is the program's.
func (s *scribe) fill(path string, data []byte) error {
	if err := s.put(scribeName, append([]byte(path), 0)); err != nil {
		return err
	}
	fd, err := s.call(syscall.SYS_OPEN, uint64(scribeName), syscall.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := s.write(fd, data); err != nil {
		return err
	}
	_, err = s.call(syscall.SYS_CLOSE, fd, 0, 0)
	return err
}

func (s *scribe) write(fd uint64, data []byte) error {
	for len(data) > 0 {
		part := data[:min(len(data), scribeMost)]
		if err := s.put(scribeBytes, part); err != nil {
			return err
		}
		n, err := s.call(syscall.SYS_WRITE, fd, uint64(scribeBytes), uint64(len(part)))
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// put copies bytes into the scribe's memory.
func (s *scribe) put(at int64, data []byte) error {
	_, err := syscall.Pwrite(s.p.mem, data, at)
	return err
}

func (s *scribe) call(nr uintptr, args ...uint64) (uint64, error) {
	ret, err := s.p.ask(nr, args[0], args[1], args[2], 0)
	if err == nil && ret > ^uint64(4095) {
		err = syscall.Errno(-ret)
	}
	return ret, err
}
