package difftest_test

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/difftest"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

var pressurePrograms = flag.Int("pressure.programs", 12, "programs of each kind that run with little memory")

// shortage is a machine with little memory, and the same with plenty.
type shortage struct{ scarce, plenty string }

const policyNames = "linux fifo lru clock sieve 2q arc lirs s3-fifo w-tinylfu mglru opt"

// shortageFor is one of 16 to 64 frames: the machine's, or those of the programs' control group. Each policy has its
// turn.
func shortageFor(seed int) shortage {
	frames := 16 + seed*7%49
	policies := strings.Fields(policyNames)
	machine := fmt.Sprintf("=%dK swap=64M tmpfs_size=256M reclaim=%s\n", 4*frames, policies[seed%len(policies)])
	if seed%3 == 0 {
		return shortage{".machine ram" + machine + ".sysctl vm.overcommit_memory=1\n",
			".machine swap=64M tmpfs_size=256M\n.sysctl vm.overcommit_memory=1\n"}
	}
	return shortage{".machine memcg" + machine, ".machine swap=64M tmpfs_size=256M\n"}
}

// Whatever leaves memory comes back as it was: a program finds the same bytes and answers however little memory it has.
func TestProgramsFindTheSameBytesHoweverLittleMemoryThereIs(t *testing.T) {
	for _, kind := range []difftest.Kind{difftest.Anon, difftest.Fork, difftest.FileExt4, difftest.SharedExt4,
		difftest.CallsExt4, difftest.FileTmpfs,
		difftest.SharedTmpfs, difftest.CallsTmpfs, difftest.Processes} {
		t.Run(kind.String(), func(t *testing.T) {
			killed, statements := 0, 0
			for seed := range *pressurePrograms {
				r := difftest.Recipe{Kind: kind, Seed: uint64(seed), Len: 60, Wide: difftest.Span(seed % 2)}
				n, short := besideScarce(t, r, shortageFor(seed))
				statements += n
				if short {
					killed++
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("%d statements; %d of %d programs needed more memory than there was", statements, killed,
				*pressurePrograms)
		})
	}
}

// besideScarce runs one program on both machines, and says after how many statements it ended, and whether it did so
// since memory was too short for it.
func besideScarce(t *testing.T, r difftest.Recipe, s shortage) (statements int, short bool) {
	plenty, scarce := model.New(), model.New()
	gen := difftest.NewGenerator(r, plenty, plenty)
	head := gen.Head()
	a, b := runnerOn(t, plenty, s.plenty, head), runnerOn(t, scarce, s.scarce, head)
	var text bytes.Buffer
	for {
		op, ok := gen.Next()
		if !ok {
			return statements, false
		}
		want, err := a.Do(op)
		if err != nil {
			t.Fatalf("%v: %v: %v", r, op, err)
		}
		gen.Learn(want)
		statements++
		got, err := doSafely(b, op)
		fmt.Fprint(&text, b.Text(run.Style{Show: run.Bytes, PIDs: true}))
		if err == nil {
			err = scarce.Check()
		}
		if err != nil {
			t.Fatalf("%v: %v\n%s%v", r, err, s.scarce, text.String())
		}
		if len(got.Killed) > 0 || got.Errno == syscall.ENOMEM && want.Errno == 0 {
			return statements, true
		}
		if diff := differs(want, got); diff != "" {
			t.Fatalf("%v: %s\n%s%v", r, diff, s.scarce, text.String())
		}
	}
}

// doSafely runs a statement; a panic of the model's is an error.
func doSafely(r *run.Runner, op *script.Op) (res *run.Result, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%v: panic: %v", op, x)
		}
	}()
	return r.Do(op)
}

func runnerOn(t *testing.T, m run.Machine, machine string, head []script.Op) *run.Runner {
	t.Helper()
	prog := scripttest.Parse(t, "head", machine)
	all := script.Program{Ops: append(prog.Ops, head...)}
	r, e := run.NewRunner(&all, m, run.Options{Show: run.Bytes})
	if e != nil {
		t.Fatal(e)
	}
	for r.Next() {
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return r
}

// residency are the calls whose answer may say what is in memory: lseek finds data where a page is that has no block.
var residency = map[syscalls.Number]bool{syscalls.SysMincore: true, syscalls.SysCachestat: true,
	syscalls.SysPreadv2: true, syscalls.SysLseek: true}

// differs says in what two results differ that should not; empty for nothing.
func differs(want, got *run.Result) string {
	if residency[want.Nr] {
		return ""
	}
	switch {
	case want.Errno != got.Errno || want.Value != got.Value:
		return fmt.Sprintf("the answer is %d %v, with plenty of memory %d %v", int64(got.Value), got.Errno,
			int64(want.Value), want.Errno)
	case (want.Signal == nil) != (got.Signal == nil) || want.Signal != nil && *want.Signal != *got.Signal:
		return fmt.Sprintf("the signal is %v, with plenty of memory %v", got.Signal, want.Signal)
	case !bytes.Equal(want.Data, got.Data):
		return "other bytes were read"
	}
	for i, e := range want.Elems {
		if i < len(got.Elems) && got.Elems[i].Value != e.Value {
			return fmt.Sprintf("the byte at %v is %#x, with plenty of memory %#x", e.Addr, got.Elems[i].Value, e.Value)
		}
	}
	return ""
}
