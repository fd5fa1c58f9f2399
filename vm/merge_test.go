package vm

import "testing"

// A mergeCase is a change of n pages from page at on, and the areas before and after it as pictures.
type mergeCase struct {
	name, before string
	letter       byte
	at, n        int
	after        string
}

// mergesTo makes each change, and compares the areas.
func mergesTo(t *testing.T, change func(p *pictured, letter byte, at, n int), cases []mergeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPictured(t, c.before)
			change(p, c.letter, c.at, c.n)
			p.expect(c.after)
		})
	}
}

// A new area becomes part of its neighbours where they are of its kind.
func TestNewAreasMergeWithNeighboursOfTheirKind(t *testing.T) {
	mergesTo(t, (*pictured).mapPages, []mergeCase{
		{"after one of its kind", "AA", 'A', 2, 1, "AAA"},
		{"before one of its kind", " AA", 'A', 0, 1, "AAA"},
		{"between two of its kind", "A A", 'A', 1, 1, "AAA"},
		{"between two kinds, with the first", "A B", 'A', 1, 1, "AAB"},
		{"between two kinds, with the second", "B A", 'A', 1, 1, "BAA"},
		{"beside a hole it stays alone", "A  A", 'B', 1, 1, "AB A"},
		{"over others, whose pages go", "AaaA", 'B', 1, 2, "ABBA"},
		{"over others, becoming part of what is left", "ABBA", 'A', 1, 2, "AAAA"},
		{"two histories of private pages do not meet: it joins the first", "a a", 'A', 1, 1, "aA|a"},
		{"one history is enough for three", "a A", 'A', 1, 1, "aAA"},
		{"the pages of a file that follow on", "F F", 'F', 1, 1, "FFF"},
		{"not those of another open of the same file", "F G", 'F', 1, 1, "FFG"},
	})
}

// A changed range becomes part of the neighbours whose kind it is now, or is split off.
func TestChangedRangesMergeOrSplit(t *testing.T) {
	mergesTo(t, (*pictured).protect, []mergeCase{
		{"the middle splits twice", "AAA", 'B', 1, 1, "ABA"},
		{"the start splits once", "AAA", 'B', 0, 1, "BAA"},
		{"the end splits once", "AAA", 'B', 2, 1, "AAB"},
		{"the whole between two joins both", "ABA", 'A', 1, 1, "AAA"},
		{"the whole joins the one before", "ABD", 'A', 1, 1, "AAD"},
		{"the whole joins the one after", "DBA", 'A', 1, 1, "DAA"},
		{"its start joins the one before", "ABB", 'A', 1, 1, "AAB"},
		{"its end joins the one after", "BBA", 'A', 1, 1, "BAA"},
		{"from hole to hole it stays alone", " B ", 'A', 1, 1, " A"},
		{"advice is a kind of its own", "AAA", 'D', 1, 1, "ADA"},
		{"over several areas", "ABAB", 'A', 0, 4, "AAAA"},
	})
}

// Areas that were split from one, and so have one history, become one again; those that came to be apart never do.
func TestOneHistoryOfPrivatePagesMergesAgain(t *testing.T) {
	p := newPictured(t, "aaa")
	p.protect('B', 1, 1)
	p.expect("aba")
	p.protect('A', 1, 1)
	p.expect("aaa")

	p = newPictured(t, "a b a")
	p.mapPages('A', 1, 1)
	p.mapPages('A', 3, 1)
	p.expect("aAbAa")
	p.protect('A', 2, 1)
	p.expect("aA|a|Aa")
}

// The first touch of an area takes over the history of a neighbour that differs in protection alone, so that the two
// may merge later.
func TestNeighboursThatDifferInProtectionShareTheirHistory(t *testing.T) {
	p := newPictured(t, "AA")
	p.protect('B', 1, 1)
	p.touch(0)
	p.touch(1)
	p.expect("ab")
	p.protect('A', 1, 1)
	p.expect("aa")

	p = newPictured(t, "AD")
	p.touch(0)
	p.touch(1)
	p.protect('A', 1, 1)
	p.expect("a|a")
}

// Guard pages leave a mark on the area that neither keeps it from merging nor is lost by it.
func TestGuardMarksOutliveMerges(t *testing.T) {
	p := newPictured(t, "A B")
	a := p.Find(pageAt(0))
	p.SetFlags(a, a.Flags|MaybeGuard)
	p.mapPages('A', 1, 1)
	p.protect('A', 2, 1)
	p.expect("AAA")
	if !p.Find(pageAt(2)).Flags.Has(MaybeGuard) {
		t.Error("the merged area has lost the mark")
	}
}

// A name that the program has given keeps areas apart, and joins those that have the same.
func TestNamesOfMemoryDecideMerges(t *testing.T) {
	p := newPictured(t, "AAAA")
	rename := func(i, n int, name string) {
		t.Helper()
		for x := pageAt(i); x < pageAt(i+n); {
			a := p.Find(x)
			b, err := p.Rename(a, x, min(a.End, pageAt(i+n)), name)
			if err != nil {
				t.Fatal(err)
			}
			x = b.End
		}
	}
	rename(1, 2, "x")
	p.expect("A|AA|A")
	rename(3, 1, "x")
	p.expect("A|AAA")
	rename(1, 3, "")
	p.expect("AAAA")
}
