package difftest

import (
	"fmt"
	"slices"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Recipe says which program to make: the same recipe makes the same program on the same machine.
type Recipe struct {
	Kind Kind
	Seed uint64
	Len  int  // statements after the head
	Wide Span // how far beyond the ordinary
	// User is as whom root lets the program run; empty for the caller.
	User string
}

// Span is how far a generator reaches: the calls that every program makes, or everything the language has.
type Span uint8

// The reaches of a generator.
const (
	Plain Span = iota
	Wide
	Both // of a campaign: one program plain, the next one wide
)

// String is the recipe as the fuzz command takes it.
func (r Recipe) String() string {
	style := "plain"
	if r.Wide == Wide {
		style = "wide"
	}
	line := fmt.Sprintf("--kinds %s --seed %d --len %d --style %s", r.Kind, r.Seed, r.Len, style)
	if r.User != "" {
		line += " --user " + r.User
	}
	return line
}

// Generator makes a program, a statement at a time, against the machine that runs it.
type Generator struct {
	Recipe
	dice   dice
	m      run.Machine
	menu   []weighted[dish]
	views  map[int]*view
	alive  []int // processes, in the order of birth
	last   int   // the highest number of a process so far
	pid    int   // who runs the next statement
	fds    []int
	files  map[int]string // which file each leads to, as far as that is known
	synced uint64         // the descriptor that the last statement was an fsync of; 0 for none
	made   int
	kin    kin
	limit  int             // of a small control group, in pages
	roomy  bool            // the group is larger than that
	shared bool            // half of the areas are shared memory
	queue  []script.Action // what comes next
	swaps  []string        // files with the header of a swap area
	handed []span          // ranges that were registered with a userfaultfd

	missing map[string]bool // calls that the other machine does not run
	other   run.Machine
}

// dish makes one statement's action; nil asks for another try.
type dish func(g *Generator) script.Action

// NewGenerator starts a program that will be run on m and on another machine.
func NewGenerator(r Recipe, m, other run.Machine) *Generator {
	g := &Generator{Recipe: r, missing: missingFrom(other), other: other,
		dice: newDice(uint64(r.Kind)|uint64(r.Wide)<<8, r.Seed), m: m, views: map[int]*view{},
		alive: []int{1}, last: 1, pid: 1}
	g.menu = g.menuOf()
	return g
}

// mostAreas is where a program ends: with tens of thousands of areas every further statement takes milliseconds to look
// at.
const mostAreas = 2000

// mostAlive is how many processes there may be besides the first.
const mostAlive = 8

// Next is the next statement; ok is false at the end. The last one must have run.
func (g *Generator) Next() (op *script.Op, ok bool) {
	if g.made >= g.Len || len(g.alive) == 0 || len(g.sight().all) > mostAreas {
		return nil, false
	}
	g.made++
	if len(g.queue) > 0 {
		do := g.queue[0]
		g.queue = g.queue[1:]
		return &script.Op{PID: g.pid, Do: do}, true
	}
	if last := len(g.alive) - 1; last > mostAlive { // handlers make some at each access
		g.pid = g.alive[last]
		return &script.Op{PID: g.pid, Do: call("exit_group", 0)}, true
	}
	g.pid = g.chooseProcess()
	for {
		if do := draw(g.dice, g.menu)(g); do != nil && !g.lacks(do) && !g.harms(do) {
			g.syncAfter(do)
			return &script.Op{PID: g.pid, Do: do}, true
		}
	}
}

// chooseProcess prefers the first, so that its history is long.
func (g *Generator) chooseProcess() int {
	if len(g.alive) == 1 || g.dice.percent(40) {
		return g.alive[0]
	}
	return pick(g.dice, g.alive)
}

// Learn takes note of what the statement has done to the set of processes and descriptors.
func (g *Generator) Learn(res *run.Result) {
	for _, pid := range bornIn(res, g.m, g.last) {
		g.alive, g.last = append(g.alive, pid), pid
	}
	g.learnEnd(res)
	g.learnExec(res)
	if _, ok := res.Op.Do.(*script.Call); !ok || res.Taken {
		return
	}
	if isFork(res) {
		g.learnKin(res)
		return
	}
	switch res.Nr {
	case syscalls.SysExit, syscalls.SysExitGroup:
		g.ended(res.PID)
	default:
		g.learnFile(res)
		g.learnKin(res)
	}
}

// isFork reports whether the statement has made a process.
func isFork(res *run.Result) bool {
	if _, ok := res.Op.Do.(*script.Call); !ok || res.Taken || res.Errno != 0 {
		return false
	}
	return res.Nr == syscalls.SysFork || res.Nr == syscalls.SysVfork || res.Nr == syscalls.SysClone
}

// ended takes note of the end of a process, and of the threads that have ended with it.
func (g *Generator) ended(pid int) {
	dead := []int{pid}
	for _, other := range g.alive {
		if _, lives := g.m.Process(other); !lives && other != pid {
			dead = append(dead, other)
		}
	}
	for _, other := range dead {
		g.bury(other)
	}
	for _, other := range dead {
		g.resume(other)
	}
}

func (g *Generator) bury(pid int) {
	if i := slices.Index(g.alive, pid); i >= 0 {
		g.alive = slices.Delete(g.alive, i, i+1)
	}
}

// sight is what the process has that runs the next statement.
func (g *Generator) sight() *view {
	v := g.views[g.pid]
	if v == nil {
		v = &view{}
		g.views[g.pid] = v
	}
	v.look(g.m, g.pid)
	return v
}

// areas are those of the program's own.
func (g *Generator) areas() []span { return g.sight().areas }

// missingFrom are the names of the model's calls that a machine does not run: those that would harm an ordinary user.
func missingFrom(m run.Machine) map[string]bool {
	missing := map[string]bool{}
	impl, ok := m.(run.Implementer)
	for nr := range syscalls.Number(512) {
		if ok && syscalls.Implements(nr) && !impl.Implements(nr) {
			missing[nr.String()] = true
		}
	}
	return missing
}

// lacks reports whether the other machine does not run the call.
func (g *Generator) lacks(do script.Action) bool {
	call, ok := do.(*script.Call)
	return ok && g.missing[call.Name]
}

// implements reports whether the machine that the program is made on has the call.
func (g *Generator) implements(nr syscalls.Number) bool {
	impl, ok := g.m.(run.Implementer)
	return !ok || impl.Implements(nr)
}
