package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// A page can be copied onto itself: who writes to a file what a mapping of the file shows, or reads a file into it, has one
// frame at both ends. The processor copies one byte after the other from the lowest up, and loads what it has just stored.
// So where the bytes go up, the first ones come again and again:
//
//	before   a b c d e f g h      4 bytes from 0 to 2
//	after    a b a b a b g h      not  a b a b c d g h
//
// Linux: copy_user_generic (arch/x86/include/asm/uaccess_64.h), memcpy (arch/x86/lib/memcpy_64.S), both of them rep movsb.

// spread makes of bytes that were copied out of the way what a copy to up bytes further on in the same page leaves; up is 0
// where it is another page.
func spread(buf []byte, up int) {
	if up <= 0 {
		return
	}
	for i := up; i < len(buf); i++ {
		buf[i] = buf[i-up]
	}
}

// copyOutOnto is CopyOut of src, which is at off in a frame of a file that processes map.
func (m *Mapping) copyOutOnto(u User, frame *phys.Frame, off int, a vm.Addr, src []byte) (done int) {
	for done < len(src) {
		x := a + vm.Addr(done)
		_, at, n := u.Shown(x)
		want := min(len(src)-done, n)
		got := u.CopyOut(x, src[done:done+want])
		if shown, _, _ := u.Shown(x); shown == frame && at > off+done {
			buf := m.Cache.bounce[:got]
			frame.Read(at, buf)
			spread(buf, at-off-done)
			m.Cache.Memory.Write(frame, at, buf)
		}
		if done += got; got < want || want == 0 {
			break
		}
	}
	return done
}
