//go:build linux && amd64

package shadow

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// readMaps is the text of /proc/PID/maps.
func (p *process) readMaps() (string, error) {
	if p.maps == 0 {
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/maps", p.tgid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", fmt.Errorf("/proc/%d/maps: %w", p.tgid, err)
		}
		p.maps = fd
	}
	buf := make([]byte, 0, max(2*len(p.text), 1<<14))
	for {
		if cap(buf)-len(buf) < 1<<13 {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := unix.Pread(p.maps, buf[len(buf):cap(buf)], int64(len(buf)))
		if err != nil {
			return "", fmt.Errorf("/proc/%d/maps: %w", p.tgid, err)
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	if string(buf) != p.text {
		p.text = string(buf)
	}
	return p.text, nil
}

// close closes what is open of a process.
func (p *process) close() {
	if p.maps > 0 {
		_ = unix.Close(p.maps)
		p.maps = 0
	}
	p.text, p.version = "", 0
}

// compareMaps holds the model's areas against the kernel's, and keeps what differs and did not before.
func (w *witness) compareMaps(x *tracee, op *script.Op) error {
	p, m := x.proc, w.model(x)
	before := p.text
	text, err := p.readMaps()
	if err != nil || m == nil {
		return err
	}
	if v := m.MapsVersion(); text == before && v == p.version {
		return nil
	} else {
		p.version = v
	}
	kernel := run.MapLines(text)
	got := slices.DeleteFunc(run.MapLines(m.Maps()), func(l string) bool { return l == p.scratch })
	if slices.Equal(kernel, got) {
		p.differ = nil
		return nil
	}
	only, others := missing(kernel, got), missing(got, kernel)
	now := append(slices.Clone(only), others...)
	if !slices.Equal(now, p.differ) {
		w.differs("maps", op.Head(), strings.Join(only, "\n"), strings.Join(others, "\n"), w.whyMaps(x, now))
	}
	p.differ = now
	return nil
}

// missing are the lines of a that b does not have.
func missing(a, b []string) (out []string) {
	has := map[string]bool{}
	for _, l := range b {
		has[l] = true
	}
	for _, l := range a {
		if !has[l] {
			out = append(out, l)
		}
	}
	return out
}

// areaAt is the line of the area at an address, as maps had it last; empty for none.
func (p *process) areaAt(a vm.Addr) string {
	for _, line := range run.MapLines(p.text) {
		if from, to := span(line); from <= uint64(a) && uint64(a) < to {
			return line
		}
	}
	return ""
}

// fileAt is the path of the file that an area of the process shows at an address.
func (p *process) fileAt(a vm.Addr) string { return pathOf(p.areaAt(a)) }

// sharesFile reports whether stores at an address go to a file.
func (p *process) sharesFile(a vm.Addr) bool {
	line := p.areaAt(a)
	_, rest, _ := strings.Cut(line, " ")
	return strings.HasPrefix(pathOf(line), "/") && len(rest) > 3 && rest[3] == 's'
}
