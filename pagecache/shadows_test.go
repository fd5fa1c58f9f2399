package pagecache

import (
	"testing"

	"vmsim/vm"
)

// Linux 6.18.44 counted three refaults when pages 105 to 107 of a folio of four came back, whose file had been dropped
// from page 105 on (POSIX_FADV_DONTNEED).
func TestDroppingAPartOfAFolioKeepsItsShadow(t *testing.T) {
	m := new(Mapping)
	m.keepShadow(104, 107, shadow{there: true})
	m.invalidateShadows(105, LastPage)
	m.invalidateShadows(0, 106)
	if len(m.shadows) != 4 {
		t.Fatalf("%d pages have a shadow; want 4", len(m.shadows))
	}
}

func TestShadowOfAFolioIsSplitWhereAPageComesBack(t *testing.T) {
	m := new(Mapping)
	m.keepShadow(64, 127, shadow{there: true})
	if x := m.takeShadow(70, 70); !x.there {
		t.Fatal("page 70 has no shadow")
	}
	m.invalidateShadows(80, LastPage) // the pages up to 95 have one each now, those behind one together
	if len(m.shadows) != 15 {
		t.Fatalf("%d pages have a shadow; want those from 64 to 79 without 70", len(m.shadows))
	}
}

func TestTailOfAShadowIsAllButItsFirstPage(t *testing.T) {
	m := new(Mapping)
	m.keepShadow(104, 107, shadow{there: true})
	m.keepShadow(108, 108, shadow{there: true})
	for i, want := range map[vm.PageIndex]bool{103: false, 104: false, 105: true, 107: true, 108: false} {
		if m.shadowTail(i) != want {
			t.Errorf("page %d is in the tail of a shadow: %v", i, !want)
		}
	}
}
