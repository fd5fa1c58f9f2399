package crash

import (
	"errors"
	"math/rand/v2"
	"slices"

	"vmsim/syscalls/script"
)

// Options say how much is tried.
type Options struct {
	// Budget is how many states are tried for each invariant at each point; 0 for 10,000. Where there are more, that
	// many are drawn at random.
	Budget int
	Seed   uint64 // of what is drawn
}

// Report is what was tried, and what was found.
type Report struct {
	Steps    uint64  // of the run, at any of which the power may fail
	Points   int     // statements during which it was tried, and the end
	States   uint64  // that the invariants can tell apart and that were tried
	All      float64 // how many there are
	Sectors  int     // the most sectors that would have been lost at one point, of those that are read
	Findings []Finding
}

// Finding is an invariant that a power cut may break: at the earliest point, in the state that differs least from
// memory or from what was durable.
type Finding struct {
	Invariant *script.Invariant
	During    *script.Op // the statement during which the power fails; nil for after the last one
	Files     []Found
	Remedies  []string // what removes it: lines to add or to change, which belong together
}

// Found is a file as the power cut leaves it.
type Found struct {
	Path    string
	Exists  bool
	Size    int64
	Sectors []FoundSector
}

// FoundSector is a sector of it: its first byte, and since which statement it has that content; nil for before the
// first.
type FoundSector struct {
	Offset int64
	Text   string
	Since  *script.Op
	Newest bool
}

// Try runs a program and holds its invariants against every state in which a power cut at any step may leave its files.
func Try(prog *script.Program, how Options) (*Report, error) {
	t, err := newTrial(prog, how)
	if err != nil {
		return nil, err
	}
	rep := &Report{Steps: t.steps, Sectors: t.dirtyMost}
	broken := map[*script.Invariant]bool{}
	for _, p := range t.points() {
		rep.Points++
		for _, v := range t.moments[p.base].invariants {
			if broken[v] {
				continue
			}
			worst, err := t.hold(p, v, rep)
			if err != nil {
				return nil, err
			}
			if worst != nil {
				broken[v] = true
				rep.Findings = append(rep.Findings, t.finding(p, v, worst))
			}
		}
	}
	return rep, nil
}

// trial is a record with what is needed to try it.
type trial struct {
	*record
	budget int
	random *rand.Rand
}

func newTrial(prog *script.Program, how Options) (*trial, error) {
	if !slices.ContainsFunc(prog.Ops, func(op script.Op) bool { return isInvariant(&op) }) {
		return nil, errNothing
	}
	r, err := recordRun(prog)
	if err != nil {
		return nil, err
	}
	t := &trial{record: r, budget: how.Budget, random: rand.New(rand.NewPCG(how.Seed, 0))}
	if t.budget == 0 {
		t.budget = 10_000
	}
	return t, nil
}

func isInvariant(op *script.Op) bool {
	_, ok := op.Do.(*script.Invariant)
	return ok
}

var errNothing = errors.New("no line says what must hold after a power cut: add one as  " +
	`.invariant bytes("/data/a", 0, 5) == "hello"`)

// points are the statements during which the power fails, and the end.
func (r *record) points() (all []point) {
	last := len(r.moments) - 1
	for i := range last {
		if op := r.opOf(i + 1); op == nil || !isInvariant(op) {
			all = append(all, point{i, i + 1})
		}
	}
	return append(all, point{last, last})
}

// image is a state of the files that an invariant reads.
type image struct {
	paths  []string
	choice []choice
	pick   [][]int // of each file and sector, which version
}

// age is by how much an image differs from memory, and from the oldest state: how many sectors do.
func (m *image) age() int {
	old, young := 0, 0
	for i, c := range m.choice {
		for k, v := range c.sectors {
			if m.pick[i][k] < len(v.texts)-1 {
				old++
			}
			if m.pick[i][k] > 0 {
				young++
			}
		}
	}
	return min(old, young)
}

// hold tries the states at a point for an invariant. It returns the one that breaks it and differs least; nil for none.
func (t *trial) hold(p point, v *script.Invariant, rep *Report) (worst *image, err error) {
	wants, err := wantsOf(v)
	if err != nil {
		return nil, err
	}
	paths := pathsOf(wants)
	seen := map[string]bool{}
	for _, j := range t.journals(p) {
		for _, m := range t.images(p, j, paths, wants) {
			key := m.key()
			if seen[key] {
				continue
			}
			seen[key] = true
			if bad := t.pickAll(m, wants, rep); bad != nil && (worst == nil || bad.age() < worst.age()) {
				worst = bad
			}
		}
	}
	return worst, nil
}

// key tells images apart: it says what each sector may hold.
func (m *image) key() (key string) {
	for _, c := range m.choice {
		key += c.key() + "\x00"
	}
	return key
}

func pathsOf(wants []want) (paths []string) {
	for _, w := range wants {
		if !slices.Contains(paths, w.path) {
			paths = append(paths, w.path)
		}
	}
	return paths
}

// images are the combinations of what may be found of each file, with one journal.
func (t *trial) images(p point, j int, paths []string, wants []want) []*image {
	all := []*image{{paths: paths}}
	for _, path := range paths {
		reads, read := readsOf(wants, path)
		var next []*image
		for _, c := range t.choices(p, j, path, sortReads(reads)) {
			for k := range c.sectors {
				s := &c.sectors[k]
				s.crop(func(i int64) bool { return read(s.number*sectorSize + i) })
			}
			for _, m := range all {
				next = append(next, &image{paths, append(slices.Clone(m.choice), c), nil})
			}
		}
		all = next
	}
	return all
}

// readsOf are the sectors of a file that conditions read, and a test whether a byte of it is read.
func readsOf(wants []want, path string) (sectors map[int64]bool, read func(at int64) bool) {
	sectors = map[int64]bool{}
	for _, w := range wants {
		if w.path == path {
			for n, end := w.sectors(); n < end; n++ {
				sectors[n] = true
			}
		}
	}
	return sectors, func(at int64) bool {
		return slices.ContainsFunc(wants, func(w want) bool {
			return w.path == path && at >= w.at && at < w.at+int64(len(w.text))
		})
	}
}

// pickAll tries every combination of versions of an image's sectors, or draws some. It returns the one that breaks all
// conditions and differs least.
func (t *trial) pickAll(m *image, wants []want, rep *Report) (worst *image) {
	count := m.beginPicks()
	rep.All += count
	try := func() {
		rep.States++
		if !m.holds(wants) && (worst == nil || m.age() < worst.age()) {
			worst = m.clone()
		}
	}
	if count <= float64(t.budget) {
		for more := true; more; more = m.next() {
			try()
		}
		return worst
	}
	for i := range t.budget {
		m.draw(t.random, i)
		try()
	}
	return worst
}

// beginPicks takes the first text of each sector, and says how many choices there are in all.
func (m *image) beginPicks() float64 {
	count := 1.0
	m.pick = make([][]int, len(m.choice))
	for i, c := range m.choice {
		m.pick[i] = make([]int, len(c.sectors))
		for _, v := range c.sectors {
			count *= float64(len(v.texts))
		}
	}
	return count
}

// next is the next combination; false where all have been.
func (m *image) next() bool {
	for i, c := range m.choice {
		for k, v := range c.sectors {
			if m.pick[i][k]++; m.pick[i][k] < len(v.texts) {
				return true
			}
			m.pick[i][k] = 0
		}
	}
	return false
}

// draw is combination n of those that are drawn: the oldest and the newest of all sectors, then any.
func (m *image) draw(random *rand.Rand, n int) {
	for i, c := range m.choice {
		for k, v := range c.sectors {
			switch n {
			case 0:
				m.pick[i][k] = 0
			case 1:
				m.pick[i][k] = len(v.texts) - 1
			default:
				m.pick[i][k] = random.IntN(len(v.texts))
			}
		}
	}
}

func (m *image) clone() *image {
	out := &image{m.paths, m.choice, nil}
	for _, p := range m.pick {
		out.pick = append(out.pick, slices.Clone(p))
	}
	return out
}

// holds reports whether one of the conditions does.
func (m *image) holds(wants []want) bool {
	files := map[string]*file{}
	for i, c := range m.choice {
		if !c.exists {
			continue
		}
		f := &file{size: c.size, sectors: map[int64]string{}}
		for k, v := range c.sectors {
			f.sectors[v.number] = v.texts[m.pick[i][k]]
		}
		files[m.paths[i]] = f
	}
	return slices.ContainsFunc(wants, func(w want) bool { return w.holds(files[w.path]) })
}

// finding is what is said of a broken invariant.
func (t *trial) finding(p point, v *script.Invariant, m *image) Finding {
	f := Finding{Invariant: v}
	if p.last > p.base {
		f.During = t.opOf(p.last)
	}
	for i, c := range m.choice {
		x := Found{Path: m.paths[i], Exists: c.exists, Size: c.size}
		for k, s := range c.sectors {
			n := m.pick[i][k]
			x.Sectors = append(x.Sectors, FoundSector{s.number * sectorSize, s.texts[n], t.opOf(s.since[n]),
				n == len(s.texts)-1})
		}
		f.Files = append(f.Files, x)
	}
	return f
}

// opOf is the statement of a moment; nil for what was before the first.
func (r *record) opOf(moment int) *script.Op {
	if moment < 0 || r.moments[moment].op < 0 {
		return nil
	}
	return &r.prog.Ops[r.moments[moment].op]
}
