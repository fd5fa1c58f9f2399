package difftest

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Random programs run on a machine with a few dozen frames, under each policy of reclaim, with and without swap areas,
// some with a disk that fails. After each statement the machine's invariants hold. Beside it the program runs on a
// machine with as much memory as it likes, and answers the same there, byte for byte, until the OOM killer ends a
// process of the small one. When all processes have ended and all files are removed, no frame, no place of a swap area
// and no block of the disk is taken.

// smallFrames are how many frames a small machine has.
var smallFrames = []uint64{16, 20, 24, 32, 48, 64}

// shortKinds are what the programs are about.
var shortKinds = []Kind{Anon, Errors, Fork, FileTmpfs, SharedTmpfs, FileExt4, SharedExt4, CallsTmpfs, CallsExt4,
	Processes, Threads, FullTmpfs, NamesTmpfs, NamesExt4, UnderPressure, Signals, SignalsTmpfs, Pipes, Swapping,
	Waiting}

// sized is a model with settings that come after those of the program.
type sized struct {
	*model.Machine
	settings []script.Setting
}

func (s sized) Setup(c run.Config) error {
	c.Settings = append(slices.Clone(c.Settings), s.settings...)
	return s.Machine.Setup(c)
}

// ample and small are the settings of the two machines. Neither refuses memory ahead of need, and both have the same
// tmpfs.
func ample(k Kind) (set []script.Setting) {
	set = []script.Setting{{Name: "memcg", Value: "0"}, {Name: "vm.overcommit_memory", Value: "1"}}
	if k != FullTmpfs {
		set = append(set, script.Setting{Name: "tmpfs_size", Value: "64M"})
	}
	return set
}

func small(k Kind, d dice) []script.Setting {
	frames := pick(d, smallFrames)
	set := append(ample(k), script.Setting{Name: "ram", Value: fmt.Sprint(frames * vm.PageSize)},
		script.Setting{Name: "reclaim", Value: pick(d, policy.ForMachines())},
		script.Setting{Name: "swap", Value: pick(d, []string{"0", "64K", "1M", "16M", "16M"})})
	if d.percent(25) {
		set = append(set, script.Setting{Name: "memcg", Value: fmt.Sprint(frames / 2 * vm.PageSize)})
	}
	return set
}

// shortRun is a program on a small machine and, until they are apart, on an ample one.
type shortRun struct {
	*Pair
	g     *Generator
	m     *model.Machine // the small one
	small []script.Setting
	dice  dice
	apart bool
	fails bool
	ops   []script.Op
}

func newShortRun(seed uint64) (*shortRun, error) {
	d := newDice(77, seed)
	r := &shortRun{m: model.New(), dice: d, fails: d.percent(20)}
	rec := Recipe{Kind: shortKinds[seed%uint64(len(shortKinds))], Seed: seed, Len: 300, Wide: Span(seed / 20 & 1)}
	r.small = small(rec.Kind, d)
	r.apart = rec.Kind == FullTmpfs // in which there is room again where reclaim has freed pages
	l := &Lab{Kernel: sized{model.New(), ample(rec.Kind)}, Model: sized{r.m, r.small},
		Kinds: run.Results | run.Signals | run.Bytes}
	r.g = NewGenerator(rec, l.Model, l.Kernel)
	head := r.g.Head()
	p, rest, err := l.pair(head)
	if err != nil {
		r.ops = head
		return r, fmt.Errorf("it cannot be set up: %w", err)
	}
	r.Pair, r.ops = p, head[:len(head)-len(rest)]
	for i := range rest {
		if err := r.step(&rest[i]); err != nil {
			return r, err
		}
	}
	return r, nil
}

// step runs a statement and checks the machine.
func (r *shortRun) step(op *script.Op) error {
	if residencyTells(op) {
		return nil
	}
	r.ops = append(r.ops, *op)
	r.apart = r.apart || maySkip(op)
	want, got, err := r.run(op)
	if waits(err) {
		return err
	}
	if err != nil {
		return fmt.Errorf("it does not run: %w", err)
	}
	if err := r.m.Check(); err != nil {
		return err
	}
	r.learn(got)
	if r.apart || want == nil {
		return nil
	}
	if diffs := compare(want, got, r.kinds, knowledge{knows: r.model.run.KnowsByte}); len(diffs) > 0 {
		return fmt.Errorf("%s: with ample memory %s, with little %s", diffs[0].What, diffs[0].Want, diffs[0].Got)
	}
	return nil
}

// run runs a statement on both machines, or on the small one alone.
func (r *shortRun) run(op *script.Op) (want, got *run.Result, err error) {
	if !r.apart {
		return r.both(op)
	}
	got, err = r.model.do(op)
	return nil, got, err
}

// learn tells the generator what the statement has done. Where it has cost a process its life, the machines are apart.
func (r *shortRun) learn(got *run.Result) {
	// The counter does not count who was killed for the harness, or for want of another.
	killed := got != nil && (len(got.Killed) > 0 || got.Signal != nil && got.Signal.Number == fault.SIGKILL)
	if killed || r.m.Kernel.Cache.Reclaim.Events.Kills > 0 || r.model.run.Guessed() {
		r.apart = true
	}
	if got == nil {
		return
	}
	if _, lives := r.m.Process(got.PID); lives || len(got.Killed) == 0 {
		r.g.Learn(got)
	}
	for _, pid := range slices.Clone(r.g.alive) {
		if _, lives := r.m.Process(pid); !lives {
			r.g.ended(pid)
		}
	}
}

// residency are calls that answer what is in memory. Of a file in tmpfs the blocks of stat are its pages, of which
// reclaim frees those that nothing was written to.
var residency = []string{"mincore", "cachestat", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs"}

// seeksData is lseek with SEEK_DATA or SEEK_HOLE: where no block was written, a page is data while it is in memory.
// Linux: mapping_seek_hole_data (mm/filemap.c).
var seeksData = regexp.MustCompile(`, (0x)?[34]\)$`)

// residencyTells reports whether a statement answers which pages are in memory.
func residencyTells(op *script.Op) bool {
	c, ok := op.Do.(*script.Call)
	return ok && (slices.Contains(residency, c.Name) || c.Name == "lseek" && seeksData.MatchString(op.String()))
}

// maySkip reports whether a statement lets Linux drop bytes, or answer by what is in memory: MADV_FREE, MAP_DROPPABLE,
// RWF_NOWAIT.
func maySkip(op *script.Op) bool {
	c, ok := op.Do.(*script.Call)
	if !ok {
		return false
	}
	args := strings.Split(strings.TrimSuffix(op.String(), ")"), ", ")
	switch c.Name {
	case "madvise":
		return args[2] == "0x8"
	case "process_madvise":
		return args[3] == "0x8"
	case "mmap":
		return strings.HasSuffix(args[3], "8")
	case "preadv2", "pwritev2":
		return true
	}
	return false
}

// aside is a statement that the generator does not make.
func (r *shortRun) aside() string {
	switch n := r.dice.below(400); {
	case n < 4:
		return ".drop_caches 3"
	case n < 7:
		return ".sleep 31s"
	case n < 9:
		return fmt.Sprintf("[%d] swapoff(\"/dev/swap\")", r.g.alive[0])
	case n < 12:
		return fmt.Sprintf("[%d] swapon(\"/dev/swap\", 0)", r.g.alive[0])
	case n < 16 && r.fails && strings.HasSuffix(r.g.Kind.String(), "ext4"):
		return fmt.Sprintf(".fail %s /data/%s page=%d EIO", pick(r.dice, []string{"read", "write"}),
			pick(r.dice, []string{"a", "b"}), r.dice.below(8))
	}
	return ""
}

// runAside runs a statement of the test's own. What it answers is not compared.
func (r *shortRun) runAside(text string) error {
	prog, err := script.Parse("aside", text)
	if err != nil {
		return err
	}
	r.apart = r.apart || strings.HasPrefix(text, ".fail")
	for i := range prog.Ops {
		op := &prog.Ops[i]
		r.ops = append(r.ops, *op)
		if _, ok := op.Do.(*script.Call); ok && !r.apart { // both have the path in the same place
			_, _ = r.kernel.do(op)
		}
		got, err := r.model.do(op)
		var c *crash
		if err != nil && !errors.As(err, &c) {
			return nil // there is no such file
		}
		if err != nil {
			return err
		}
		if err := r.m.Check(); err != nil {
			return err
		}
		if _, ok := op.Do.(*script.Call); ok {
			r.learn(got)
		}
	}
	return nil
}

// all runs the whole program.
func (r *shortRun) all() error {
	for len(r.g.alive) > 0 {
		if text := r.aside(); text != "" {
			if err := r.runAside(text); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
			if len(r.g.alive) == 0 {
				break
			}
		}
		op, ok := r.g.Next()
		if !ok {
			break
		}
		if err := r.step(op); waits(err) {
			break
		} else if err != nil {
			return err
		}
	}
	return r.end()
}

// mostNames is how many names a file has at most.
const mostNames = 20

// end ends all processes and removes all files: nothing may be left.
func (r *shortRun) end() error {
	k := r.m.Kernel
	k.TakeKilled()
	var procs []*syscalls.Process
	k.Processes(func(p *syscalls.Process) { procs = append(procs, p) })
	for _, p := range procs {
		p.Exit()
	}
	if err := k.Check(); err != nil {
		return fmt.Errorf("when all processes have ended: %w", err)
	}
	janitor := k.Spawn()
	for range mostNames {
		var paths []string
		k.Files(func(path string, _ *pagecache.Mapping) { paths = append(paths, path) })
		for _, path := range paths {
			_ = janitor.Unlink(path)
		}
	}
	janitor.Exit()
	k.Sleep(60 * time.Second)
	k.DropCaches(3)
	if err := k.Check(); err != nil {
		return fmt.Errorf("when all files are removed: %w", err)
	}
	segments, referred := 0, 0
	k.Cache.Each(func(m *pagecache.Mapping) { m.EachSwapped(func(vm.PageIndex, vm.SwapEntry) { segments++ }) })
	if s := k.Swap(); s != nil {
		s.Each(func(_ vm.SwapEntry, count int, _ *phys.Frame) { referred += count })
	}
	if referred > segments {
		return fmt.Errorf("%d places of the swap area are taken when all is over", referred)
	}
	var left []string
	k.Memory.EachUsed(func(f *phys.Frame) {
		// Segments of shmget and symbolic links live on, [vvar] and [vdso] are the kernel's own, and what a pipe held
		// last may stay in the swap cache until reclaim comes by.
		cached := f.Has(phys.SwapCached) && f.Refs() == 1
		m, _ := f.Owner.(*pagecache.Mapping)
		lives := m != nil && (m.Type() == pagecache.Link || strings.HasPrefix(m.Label, "/SYSV"))
		if (f.Owner != nil || f.Has(phys.Anon)) && !cached && !lives {
			left = append(left, fmt.Sprint(f))
		}
	})
	if len(left) > 0 {
		return fmt.Errorf("%d frames are in use when all is over: %v", len(left), left)
	}
	return nil
}

// shortCampaign is how many statements the campaign has.
func shortCampaign() int {
	if os.Getenv("VMSIM_CAMPAIGN") != "" {
		return 1_000_000
	}
	return 4_000
}

func TestProgramsReadTheSameBytesWhenMemoryIsShort(t *testing.T) {
	for seed, n := uint64(1), 0; n < shortCampaign(); seed++ {
		r, err := newShortRun(seed)
		if r == nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err == nil {
			err = r.all()
		}
		n += len(r.ops)
		var c *crash
		switch {
		case err == nil || strings.Contains(err.Error(), "does not fit"): // the files into a small machine's tmpfs
		case errors.As(err, &c):
			t.Errorf("seed %d, %v %v, statement %d: %v\n%s", seed, r.g.Kind, r.small, len(r.ops), err, c.stack)
		default:
			t.Errorf("seed %d, %v %v, statement %d, %v: %v", seed, r.g.Kind, r.small, len(r.ops), &r.ops[len(r.ops)-1],
				err)
		}
		if t.Failed() {
			return
		}
	}
}
