package pagecache

import (
	"strings"
	"syscall"
	"testing"

	"vmsim/vm/phys"
)

// A target of 128 bytes, its final zero among them, is the longest that a tmpfs keeps outside the page cache.
func TestALongLinkHasAPageOfATmpfs(t *testing.T) {
	b := onTmpfs(t, 100, 1)
	short, err := b.c.NewSharedLink("/shm/s", strings.Repeat("s", 127), b.quota())
	if err != nil || short.Cached() != 0 || short.Allocated() != 0 {
		t.Fatalf("a short one has %d pages: %v", short.Cached(), err)
	}
	long, err := b.c.NewSharedLink("/shm/l", strings.Repeat("l", 128), b.quota())
	if err != nil || long.Cached() != 1 || long.Allocated() != 8 || b.quota().Used != 1 {
		t.Fatalf("a long one has %d pages, %d count: %v", long.Cached(), b.quota().Used, err)
	}
	if _, err := b.c.NewSharedLink("/shm/m", strings.Repeat("m", 128), b.quota()); err != syscall.ENOSPC {
		t.Errorf("a second one in a full tmpfs: %v", err)
	}
	if long.Linked(-1); b.quota().Used != 0 {
		t.Errorf("%d pages count when it is gone", b.quota().Used)
	}
}

// It was used once when it was made.
func TestTheSecondUseOfALongLinkMakesItsPageActive(t *testing.T) {
	b := onTmpfs(t, 100, 1)
	m, err := b.c.NewSharedLink("/shm/l", strings.Repeat("l", 200), b.quota())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Target(); !ok || m.pages.Get(0).Has(phys.Active) {
		t.Fatal("looking at the target used its page")
	}
	m.Followed()
	if b.c.LRU.Drain(); !m.pages.Get(0).Has(phys.Active) {
		t.Error("its page is not active")
	}
}
