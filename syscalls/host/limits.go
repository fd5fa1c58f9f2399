//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/leash"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// limits are the control groups of programs with a limit (.machine memcg=).
//
//	whole              adds up what both have counted
//	├── limited        has the limit: the owners of the programs' memory are in it
//	└── aside          has none: the processes that run are in it
//
// A page of a program counts to the group of the process that owns the address space. What the kernel needs for itself,
// such as page tables and areas, counts to the group of the process that runs, and the model does not count it. So each
// process of a program is two that share their memory: the owner never runs. What the program's pages take is then all
// that its limit is about.
//
// Linux: get_mem_cgroup_from_mm, current_obj_cgroup (mm/memcontrol.c).
type limits struct {
	whole   *group
	limited string // directory
	aside   string
	bytes   uint64 // the limit

	now uint64 // what it is set to: what the kernel itself has charged to the group comes on top

	stat, oom, usage, kernel, peak, failcnt, limit int // descriptors of files of limited

	heads, failed uint64               // what kernel and failcnt said last
	moves         []pagecache.HeadMove // of kernel, since it was asked last
	met           bool                 // since then, the limit was met
	othersSwap    bool                 // another process has had a swap area, or pages in the program's
	noFail        *noFailCharges

	kills uint64 // how often the OOM killer has killed in limited
	on    bool   // the program that runs has a limit
	buf   []byte
}

var removeLimits = leash.Until(`rmdir "$0/limited" "$0/aside" "$0"`)

// newLimits makes the groups.
func newLimits() (l *limits, err error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("control groups are root's: sudo vmsim …")
	}
	parent, err := memoryGroup()
	if err != nil {
		return nil, err
	}
	sweep(parent, removeNested)
	name := claimName()
	dir := filepath.Join(parent, name)
	l = &limits{whole: &group{dir: dir, stat: -1, pages: pulsePages()}, limited: dir + "/limited",
		aside: dir + "/aside", buf: make([]byte, 8<<10)}
	l.closeFiles() // none is open yet
	if l.whole.claim, err = newClaim(parent, name, removeLimits, nil, rootMode); err != nil {
		return nil, fmt.Errorf("a control group for memory: %w", err)
	}
	if err = l.open(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *limits) open() (err error) {
	if err = os.Mkdir(l.aside, rootMode); err != nil {
		return err
	}
	l.noFail = newNoFailCharges()
	l.whole.stat, err = openStat(l.whole.dir + "/memory.stat")
	return err
}

func openStat(path string) (int, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("%s: %w", path, err)
	}
	return fd, nil
}

// removeNested removes a group and those in it.
func removeNested(dir string) error {
	for _, name := range []string{"/limited", "/aside", ""} {
		if err := os.Remove(dir + name); err != nil && name == "" {
			return err
		}
	}
	return nil
}

// close takes the groups away. Their processes have ended.
func (l *limits) close() {
	_ = l.drop()
	l.noFail.close()
	_ = os.Remove(l.aside)
	l.whole.close()
}

func (l *limits) closeFiles() {
	for _, fd := range []*int{&l.stat, &l.oom, &l.usage, &l.kernel, &l.peak, &l.failcnt, &l.limit} {
		if *fd > 0 {
			_ = syscall.Close(*fd)
		}
		*fd = -1
	}
}

// drop takes the group with the limit away.
func (l *limits) drop() error {
	l.closeFiles()
	if err := os.Remove(l.limited); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// renew makes a new group with a limit of so many bytes: an old one remembers what reclaim has cost there.
// Linux: anon_cost, file_cost, refaults of struct lruvec (include/linux/mmzone.h).
func (l *limits) renew(bytes uint64) (err error) {
	if err = l.drop(); err != nil {
		return err
	}
	if err = os.Mkdir(l.limited, rootMode); err != nil {
		return err
	}
	if l.stat, err = openStat(l.limited + "/memory.stat"); err != nil {
		return err
	}
	if l.oom, err = openStat(l.limited + "/memory.oom_control"); err != nil {
		return err
	}
	for _, f := range []struct {
		at   *int
		name string
		how  int
	}{{&l.usage, "usage_in_bytes", syscall.O_RDONLY}, {&l.kernel, "kmem.usage_in_bytes", syscall.O_RDONLY},
		{&l.peak, "kmem.max_usage_in_bytes", syscall.O_RDWR}, {&l.failcnt, "failcnt", syscall.O_RDONLY},
		{&l.limit, "limit_in_bytes", syscall.O_WRONLY}} {
		path := l.limited + "/memory." + f.name
		if *f.at, err = syscall.Open(path, f.how|syscall.O_CLOEXEC, 0); err != nil {
			*f.at = -1
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	l.othersSwap = false
	l.kills, l.bytes, l.now, l.heads, l.failed, l.moves, l.met = 0, bytes, bytes, 0, 0, nil, false
	return l.setLimit(bytes)
}

// settle has the kernel add up what it has counted, and give back what a processor has charged ahead of need: what is
// in stock depends on what else the processor does.
// Linux: struct memcg_stock_pcp (mm/memcontrol.c).
func (l *limits) settle() error {
	if _, err := l.whole.read(l.buf); err != nil {
		return err
	}
	n, err := syscall.Pread(l.stat, l.buf, 0)
	if err != nil {
		return err
	}
	pages := uint64(0)
	for _, list := range lists {
		pages += number(l.buf[:n], list)
	}
	// The heads of a page's buffers count to the group that the page counts to, whichever process runs.
	// Linux: folio_alloc_buffers (fs/buffer.c).
	heads, used, err := l.readTwo(l.kernel, l.usage)
	if err != nil {
		return err
	}
	if err := l.noteHeads(heads); err != nil {
		return err
	}
	limit := l.bytes + heads
	if used > pages+heads {
		// A limit below what is in use has the stock given back first, and that is enough.
		if err := l.setLimit(used - vm.PageSize); err != nil {
			return err
		}
		l.now = used - vm.PageSize
	}
	if limit == l.now {
		return nil
	}
	l.now = limit
	return l.setLimit(limit)
}

// noteHeads notes whether the kernel has charged or freed pages of its own since it was asked last, and whether the
// limit was met. heads is what it has now.
func (l *limits) noteHeads(heads uint64) error {
	most, failed, err := l.readTwo(l.peak, l.failcnt)
	if err != nil {
		return err
	}
	if most != heads {
		if _, err := syscall.Pwrite(l.peak, []byte("0"), 0); err != nil { // it begins anew at what there is
			return err
		}
	}
	move := pagecache.HeadMove{Most: pagesMore(max(most, l.heads), l.heads), End: pagesMore(heads, l.heads)}
	if move != (pagecache.HeadMove{}) {
		l.moves = append(l.moves, move)
	}
	l.met = l.met || failed > l.failed
	l.heads, l.failed = heads, failed
	forced, err := l.noFail.since()
	l.met = l.met || forced
	return err
}

// pagesMore is how many pages a size has more than another.
func pagesMore(a, b uint64) int64 { return (int64(a) - int64(b)) / vm.PageSize }

// HeadMoves is what the statements since it was asked last have changed in the pages that the kernel has charged to the
// group for itself, and whether the limit was met: then how many pages the program could have depends on the order.
func (m *Machine) HeadMoves() (moves []pagecache.HeadMove, met bool) {
	if !m.limiting() {
		return nil, false
	}
	l := m.limits
	moves, met = l.moves, l.met
	l.moves, l.met = nil, false
	return moves, met
}

// Unsure is why the last statement says nothing of reclaim; empty where it does.
func (m *Machine) Unsure() string {
	if m.limiting() && m.limits.othersSwap {
		return "another process has put a swap area into use, or has pages in the program's"
	}
	return ""
}

// lists are those on which every page of the group is, by the names of memory.stat.
var lists = []string{"inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable"}

// read is the number that a file of the group with the limit has.
func (l *limits) read(fd int) (uint64, error) {
	n, err := syscall.Pread(fd, l.buf, 0)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(l.buf[:n])), 10, 64)
}

// readTwo reads the numbers of two files.
func (l *limits) readTwo(a, b int) (x, y uint64, err error) {
	if x, err = l.read(a); err == nil {
		y, err = l.read(b)
	}
	return x, y, err
}

func (l *limits) setLimit(bytes uint64) error {
	_, err := syscall.Pwrite(l.limit, strconv.AppendUint(nil, bytes, 10), 0)
	return err
}

// CanLimit says why programs cannot be in a control group with a limit here; nil where they can.
func (m *Machine) CanLimit() error { return canLimit() }

func canLimit() error {
	if err := comparesReclaim(); err != nil {
		return err
	}
	if _, err := makeExt4(); err != nil { // what reclaim writes back and reads again lies on a disk
		return err
	}
	l, err := newLimits()
	if err == nil {
		l.close()
	}
	return err
}

// comparesReclaim is why this kernel's reclaim is not compared with the model's.
func comparesReclaim() error {
	compared := profile.Default().Release.Series()
	switch r := release(); {
	case hasGenerations():
		return errors.New("reclaim keeps pages in generations here, which the model does not do (lru_gen)")
	case r.Series() != compared && os.Getenv(AnyKernel) == "":
		return fmt.Errorf("reclaim was compared on Linux %v alone, and this is %v", compared, r)
	}
	return nil
}

// limit readies the groups for a program with a limit; 0 for one without.
func (m *Machine) limit(bytes uint64) (err error) {
	if m.limits != nil {
		m.limits.on = bytes > 0
	}
	if bytes == 0 {
		return nil
	}
	if m.limits == nil {
		if m.limits, err = newLimits(); err != nil {
			return fmt.Errorf(".machine memcg=: %w", err)
		}
		m.limits.on = true
	}
	if err := m.keepSettled(); err != nil {
		return err
	}
	if m.limits.whole.pulse == nil {
		if err := m.startPulse(); err != nil {
			return err
		}
	}
	return m.limits.renew(bytes)
}

// limiting reports whether the program that runs has a limit.
func (m *Machine) limiting() bool { return m.limits != nil && m.limits.on }

// startPulse makes the pages by which the groups are made to add up. They count to the group without a limit.
func (m *Machine) startPulse() error {
	tid, err := m.start()
	if err != nil {
		return err
	}
	p := &puppet{w: m.watch, tid: tid, mem: -1, maps: -1}
	defer p.kill()
	if err := p.prepare(m.imagePath(), m.join); err != nil {
		return err
	}
	s := &scribe{p}
	return s.beat(m.limits.whole)
}

// divide makes two processes of a puppet. The one that it was owns the memory and never runs again; p is the other one
// from now on.
func (l *limits) divide(p *puppet) error {
	const vm, fs, files, handlers = 0x100, 0x200, 0x400, 0x800
	const how = vm | fs | files | handlers | uint64(syscall.SIGCHLD)
	p.regs = p.base
	p.regs.Rax, p.regs.Rdi, p.regs.Rsi, p.regs.Rdx, p.regs.R10 = syscall.SYS_CLONE, how, 0, 0, 0
	s, err := p.toBreakpoint(binfmt.StubSyscall)
	if err != nil {
		return err
	}
	if s.event != syscall.PTRACE_EVENT_FORK {
		return fmt.Errorf("process %d got %v (event %d) instead of a second process for its memory", p.tid, s.signal,
			s.event)
	}
	tid, err := eventMessage(p.tid)
	if err != nil {
		return err
	}
	owner := *p
	owner.mem, owner.maps, owner.files = -1, -1, nil
	p.close()
	*p = puppet{w: p.w, tid: tid, mem: -1, maps: -1, owner: &owner}
	for _, step := range []func() (stop, error){p.await, func() (stop, error) { return owner.resume(cont) },
		func() (stop, error) { return p.resume(cont) }} {
		if s, err := step(); err != nil || s.exited {
			return errors.Join(err, fmt.Errorf("process %d has ended while it was made two", owner.tid))
		}
	}
	if err := p.settle(); err != nil {
		return err
	}
	if err := l.noFail.follow(p.tid); err != nil {
		return err
	}
	if err := os.WriteFile(l.limited+"/cgroup.procs", strconv.AppendInt(nil, int64(owner.tid), 10), 0); err != nil {
		return fmt.Errorf("%s: process %d: %w", l.limited, owner.tid, err)
	}
	return nil
}
