package difftest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// Programs that put others in their place.

// execMenu is what such programs are made of.
var execMenu = append([]weighted[dish]{{226, mapAnon}, {120, execNow}, {30, forkNow}, {40, vforkNow}, {20, cloneNow},
	{35, threadNow}, {10, exitThread}, {30, exitNow}, {20, waitSome}, {6, limitOf}, {20, growStack}, {60, mapFile},
	{20, readAt}, {20, writeAt}, {20, openProgram}, {20, closeSome}, {10, newSegment}, {15, attach}}, memoryMenu...)

// execFiles are the programs, with what a script says.
var execFiles = []struct{ line, text string }{
	{"/prog/ld.so 12288 elf=pie", ""},
	{"/prog/static 12288 elf=static", ""},
	{"/prog/data 13000 elf=static", ""},
	{"/prog/pie 20000 elf=pie", ""},
	{"/prog/dynamic 40000 elf=/prog/ld.so", ""},
	{"/prog/orphan 12288 elf=/prog/none", ""},
	{"/prog/broken 12288 elf=/prog/text", ""},
	{"/prog/script 22 exec", "#!/prog/data -x  y z\n"},
	{"/prog/twice 20 exec", "#! /prog/script\nrest"},
	{"/prog/self 14 exec", "#!/prog/self\n\n"},
	{"/prog/text 10 exec", "plain text"},
	{"/prog/empty 0 exec", ""},
	{"/prog/sealed 12288", ""},
}

// isProgram reports whether a file of that name is a program that starts, or its interpreter. What a program does that
// has been written over is not known: none writes to these.
func isProgram(name string) bool {
	return slices.ContainsFunc(execFiles, func(f struct{ line, text string }) bool {
		return strings.HasPrefix(f.line, "/prog/"+name+" ") && strings.Contains(f.line, "elf=")
	})
}

// execHead is the programs as files.
func (g *Generator) execHead() (ops []script.Op) {
	for _, f := range execFiles {
		line := ".file " + f.line
		if g.dice.percent(50) {
			line += " cold"
		}
		prog, err := script.Parse("", line+"\n")
		if err != nil {
			panic("difftest.execHead: " + err.Error())
		}
		op := prog.Ops[0]
		if file := op.Do.(*script.Directive).File; f.text != "" {
			file.Content = []byte(f.text)[:min(len(f.text), int(file.Size))]
		}
		op.Line = 0
		ops = append(ops, op)
	}
	return ops
}

// program is a path that execve may get.
func (g *Generator) program() string {
	return draw(g.dice, []weighted[string]{{40, "/prog/static"}, {40, "/prog/data"}, {40, "/prog/pie"},
		{40, "/prog/dynamic"}, {25, "/prog/script"}, {15, "/prog/twice"}, {4, "/prog/self"}, {4, "/prog/text"},
		{4, "/prog/empty"}, {4, "/prog/sealed"}, {4, "/prog/orphan"}, {4, "/prog/broken"}, {4, "/prog"},
		{4, "/prog/none"}, {4, "/prog/static/x"}, {4, "/data/a"}, {4, "/dev/null"}, {2, ""}, {20, "/prog/ld.so"}})
}

// execNow puts another program in the place of the one that runs.
func execNow(g *Generator) script.Action {
	return callWith("execve", script.Str{Val: g.program()}, g.strings(), g.strings())
}

// strings are arguments or an environment: few and short ones, none, many, long ones, or what cannot be read.
func (g *Generator) strings() script.Expr {
	at := g.page()
	if g.sight().meets(at, at+mostStrings, span.filled) {
		at = 0 // what the kernel would take for addresses there is not compared
	}
	switch g.dice.below(20) {
	case 0:
		return num(0)
	case 1:
		return num(uint64(at))
	case 2:
		return script.Composite{Open: '[', Items: []script.Field{{X: num(uint64(at))}}}
	}
	return g.stringList()
}

// stringList are strings as argv and envp have them: few, and some of them long.
func (g *Generator) stringList() script.Expr {
	list := script.Composite{Open: '['}
	for i := range pick(g.dice, []int{0, 1, 1, 2, 3, 8, 60}) {
		long := pick(g.dice, []uint64{1, 1, 1, 1, 1, 300, 4096, 5000, 20000})
		if i > 3 {
			long = 1
		}
		list.Items = append(list.Items, script.Field{X: script.Str{Val: fmt.Sprint("a", i), Times: decimal(long)}})
	}
	return list
}

// mostStrings is how far an array of addresses may reach that is none.
const mostStrings = 1 << 20

// harms reports whether a call may change the memory of a program that execve has started, which lies among the
// program's own areas: what a puppet needs to go on.
func (g *Generator) harms(do script.Action) bool {
	c, ok := do.(*script.Call)
	if !ok || !g.Kind.executes() || len(c.Args) < 2 {
		return false
	}
	length, ok := script.Fold(c.Args[1].X)
	if !ok || c.Name == "execve" {
		return false
	}
	if c.Name == "mremap" && len(c.Args) > 2 {
		if more, ok := script.Fold(c.Args[2].X); ok {
			length = max(length, more)
		}
	}
	for _, i := range []int{0, len(c.Args) - 1} {
		at, ok := script.Fold(c.Args[i].X)
		if start := vm.Addr(at).Floor(); ok && g.sight().meets(start, start+vm.Addr(length)+vm.PageSize, span.program) {
			return true
		}
	}
	return false
}

// openProgram opens a program, which may run.
func openProgram(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	flags := draw(g.dice, []weighted[uint64]{{60, openReadOnly}, {20, openReadWrite}, {20, openReadOnly | 0o2000000}})
	return openFile(g.program(), flags)
}

// learnExec takes note of what execve has ended: the other threads, and what a parent has waited for in vfork.
func (g *Generator) learnExec(res *run.Result) {
	if res.Became == 0 {
		return
	}
	for _, pid := range append([]int(nil), g.alive...) {
		if _, lives := g.m.Process(pid); !lives {
			g.bury(pid)
			g.resume(pid)
		}
	}
	// The first thread may have waited in vfork: another thread's execve has ended it.
	maps.DeleteFunc(g.kin.waiting, func(_, parent int) bool { return parent == res.Became })
	g.bury(res.Became)
	g.alive = append(g.alive, res.Became)
	g.resume(res.Became)
}
