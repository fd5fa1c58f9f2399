package pagecache

import (
	"syscall"
	"testing"
)

func TestRunsMakeTheFoliosThatTheyName(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(16)
	runs := []Run{{Count: 1, Order: 2}, {Count: 2, Order: -1}, {Count: 1, Order: 1, Marked: true}, {Count: 2}}
	if err := b.f.ReadRuns(runs); err != nil {
		t.Fatal(err)
	}
	b.want("[cccc]..[cc]^cc......")
	if err := b.f.ReadRuns([]Run{{Count: 1, Order: 3}}); err != nil {
		t.Errorf("pages that are cached already: %v", err)
	}
	b.want("[cccc]..[cc]^cc......")
	pages := uint64(0)
	for _, r := range runs {
		pages += r.Pages()
	}
	if pages != 4+2+2+2 {
		t.Errorf("the runs have %d pages", pages)
	}
}

func TestRunThatIsNotAlignedIsEINVAL(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(16)
	for _, runs := range [][]Run{
		{{Count: 1, Order: -1}, {Count: 1, Order: 1}}, // page 1 cannot begin a folio of two
		{{Count: 1, Order: 5}},                        // beyond the end
		{{Count: 1, Order: maxFolioOrder + 1}},
	} {
		if err := b.f.ReadRuns(runs); err != syscall.EINVAL {
			t.Errorf("%+v: %v", runs, err)
		}
	}
	b.want("................")
}
