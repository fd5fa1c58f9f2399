package script_test

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

// The parts of the language that have rules of their own, each fuzzed alone: a fuzzer that has to find a whole line
// seldom gets deep into one of its parts.

// FuzzExpression holds that an expression prints back as the same one, with the same value.
func FuzzExpression(f *testing.F) {
	for _, x := range []string{"0", "4096", "0x1000", "0644", "64K", "'A'", `'\n'`, "-1", "~0", "p + 3*PAGE",
		"(3*PAGE - 1)/2%7 << 2 | ~5 & -1",
		"p - (q - 1)", "1 << 63 >> 1", "18446744073709551615", "0xffffffffffffffff", "PROT_READ|PROT_WRITE", "1/0",
		"5 % p", "- - -1",
		"((((1))))", "16G*16G", `"A" * 3`, "pattern(3)", "{p, 8}", "[{iov_base=p, iov_len=4}]", "scratch"} {
		f.Add(x)
	}
	names := func(name string) (uint64, bool) { return uint64(len(name)) << 12, name == "p" || name == "q" }
	f.Fuzz(func(t *testing.T, text string) {
		x, ok := letOf(t, text)
		if !ok {
			return
		}
		y, ok := letOf(t, x.String())
		if !ok {
			t.Fatalf("%q prints as %q, which does not parse", text, x)
		}
		if x.String() != y.String() {
			t.Fatalf("%q prints as %q, then as %q", text, x, y)
		}
		v, err := script.Eval(x, names)
		w, werr := script.Eval(y, names)
		if v != w || (err == nil) != (werr == nil) {
			t.Fatalf("%q is %#x (%v), printed it is %#x (%v)", text, v, err, w, werr)
		}
	})
}

// letOf is the value of the binding x = text, where that is what the text makes.
func letOf(t *testing.T, text string) (script.Expr, bool) {
	p := script.NewParser("fuzz")
	p.Bind("p", "q")
	op, err := p.Line("x = " + text)
	if err != nil {
		scripttest.Complains(t, err)
		return nil, false
	}
	if op == nil {
		return nil, false
	}
	let, ok := op.Do.(*script.Let)
	if !ok {
		return nil, false
	}
	return let.X, true
}

// fuzzParts fuzzes the texts that stand after a beginning.
func fuzzParts(f *testing.F, before string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := script.Parse("fuzz", before+text)
		if err != nil {
			scripttest.Complains(t, err)
			return
		}
		scripttest.RoundTrip(t, prog)
	})
}

func FuzzExpect(f *testing.F) {
	fuzzParts(f, "p = 4096\n.expect ", "majflt == 1", "minflt >= 2, copies.cpu == 4096", "pte(p + PAGE).dirty",
		"page(\"/data/a\", 3).dirty != 0",
		"x(", "a.b.c", "majflt = 1", "p < -1", "f() == 0", "rss == 4K # and a comment")
}

func FuzzNote(f *testing.F) {
	fuzzParts(f, "*4096\n    ", "faults 1 0", "- 7ffff7ff6000-7ffff7ff7000 rw-p 00000000",
		"--- SIGBUS {si_code=BUS_ADRERR, si_addr=0x7f0000000000} ---",
		"kernel w 0x7fffffffe000", "mincore 0110", "data 0a0b", "data sha1:6d8b00b5e5b4f92e092ee385b59a6d2e889de1c8",
		"pte 0x1000 present", "io R 0+8",
		"faults 99999999999999999999 0", "--- SIG---", "data = 3")
}

// FuzzDirective is for all that follows a dot: sizes, times, words.
func FuzzDirective(f *testing.F) {
	fuzzParts(f, ".", ".sleep 6s", "sleep 1h2m3.5s", "sleep -1s", "sleep 9999999h", "sleep 1e9s", "drop_caches 3",
		"machine ram=64M swap=16M fs=ext4 disk=nvme thp=madvise",
		"machine ram=99999999999G", "machine zero_page=off user=nobody seed=0x10", "sysctl vm.dirty_ratio=10",
		"sysctl =1", "file /data/a 32768 cold",
		`file "/data/a b" 32K cached fill=0x41`, "file a 0x7fffffffffffffff", "file a 8 fill=A",
		"fail write /data/a page=3 EIO", "fail read a EIO", "power_cut now", "layout brk=1")
}
