package vm

import (
	"strings"
	"testing"

	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// A picture is an address space in a line: a character is a page.
//
//	A  private memory that may be read and written      D  the same, not inherited by fork
//	B  private memory that may be read                  F, G  read-only pages of one file, opened twice
//	a, b, d  such a page that has been touched          space  nothing
//	|  the border of two areas that look alike
const pictureBase Addr = 0x10000000

var pictureFlags = map[byte]Flags{
	'A': Read | Write, 'B': Read, 'D': Read | Write | DontCopy, 'F': Read, 'G': Read,
}

// opened is a backing as an open file is: nothing but its identity counts here.
type opened struct {
	name   string
	areas  AreaSet
	traits Traits
}

func (o *opened) Name() string                                     { return o.name }
func (*opened) Inode() (uint32, uint64)                            { return 1, 1 }
func (*opened) Opened(*Area)                                       {}
func (*opened) Closed(*Area)                                       {}
func (o *opened) Areas() *AreaSet                                  { return &o.areas }
func (o *opened) Traits() Traits                                   { return o.traits }
func (*opened) Fault(*Fault) (*phys.Frame, error)                  { return nil, ErrNoPage }
func (*opened) MapAround(*Fault, PageIndex, PageIndex) (int, bool) { return 0, false }
func (*opened) MakeWritable(*Fault, *phys.Frame) error             { return nil }

// pictured is a space that tests draw.
type pictured struct {
	*Space
	t     *testing.T
	files map[byte]*opened
}

func newPictured(t *testing.T, picture string) *pictured {
	t.Helper()
	p := &pictured{t: t, files: map[byte]*opened{'F': {name: "/f"}, 'G': {name: "/f"}}}
	p.Space = NewSpace(trace.NewLog(new(clock.Clock)), lru.New(phys.NewMemory(4096)), &Commit{RAM: 4096, Ratio: 50},
		DefaultLimits())
	for at := 0; at < len(picture); {
		c := picture[at]
		end := at + 1
		for end < len(picture) && capital(picture[end]) == capital(c) {
			end++
		}
		if c != ' ' {
			p.mapPages(capital(c), at, end-at)
			p.touchLower(picture, at, end)
		}
		at = end
	}
	return p
}

func capital(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func pageAt(i int) Addr { return pictureBase + Addr(i)*PageSize }

// mapPages maps n pages of a letter, as mmap with MAP_FIXED does.
func (p *pictured) mapPages(letter byte, at, n int) {
	p.t.Helper()
	r := Region{Start: pageAt(at), End: pageAt(at + n), Flags: pictureFlags[letter] | MayRead | MayWrite | MayExec,
		Index: PageIndex(pageAt(at).Page())}
	if f := p.files[letter]; f != nil {
		r.Backing, r.Index = f, PageIndex(at)
	}
	if _, err := p.Map(r); err != nil {
		p.t.Fatalf("mapping %c at page %d: %v", letter, at, err)
	}
}

func (p *pictured) touchLower(picture string, at, end int) {
	for i := at; i < end; i++ {
		if picture[i] >= 'a' {
			p.touch(i)
		}
	}
}

// touch gives a private page a frame of its own, as the first store to it does.
func (p *pictured) touch(i int) *phys.Frame {
	a := p.Find(pageAt(i))
	a.PrepareAnon()
	f := p.Memory.Alloc(a.Anon, uint64(a.IndexOf(pageAt(i))), phys.Anon|phys.Exclusive|phys.SwapBacked|phys.Uptodate)
	e := NewPTE(f.PFN(), a.Flags) | PteDirty
	if a.Flags.Has(Write) {
		e |= PteWrite
	}
	p.MapFrame(a, pageAt(i), f, e)
	p.Memory.Put(f)
	return f
}

// protect gives pages the flags of a letter, as mprotect or madvise does for one area after the other.
func (p *pictured) protect(letter byte, at, n int) {
	p.t.Helper()
	for x, end := pageAt(at), pageAt(at+n); x < end; {
		a := p.Find(x)
		if a == nil {
			p.t.Fatalf("nothing is mapped at page %d", at)
		}
		f := a.Flags&^(AccessFlags|DontCopy) | pictureFlags[letter]
		stop := min(end, a.End)
		if f.Has(Write) && !f.Has(Account) {
			f |= Account // what becomes writable is charged, and stays so
			_ = p.Commit.Charge(uint64(stop-x) >> PageShift)
		}
		b, err := p.ChangeFlags(a, x, stop, f)
		if err != nil {
			p.t.Fatal(err)
		}
		p.reprotect(b, x, stop)
		x = b.End
	}
}

// String draws the space.
func (p *pictured) String() string {
	var b strings.Builder
	at := pictureBase
	for a := p.First(); a != nil; a = a.Next() {
		for ; at < a.Start; at += PageSize {
			b.WriteByte(' ')
		}
		letter := p.letterOf(a)
		if prev := a.Prev(); prev != nil && prev.End == a.Start && p.letterOf(prev) == letter {
			b.WriteByte('|')
		}
		for ; at < a.End; at += PageSize {
			if f := p.NormalFrame(p.Entry(at)); f != nil {
				b.WriteByte(letter - 'A' + 'a')
			} else {
				b.WriteByte(letter)
			}
		}
	}
	return b.String()
}

func (p *pictured) letterOf(a *Area) byte {
	for _, c := range []byte("FG") {
		if a.Backing == p.files[c] && a.Backing != nil {
			return c
		}
	}
	for _, c := range []byte("ABD") {
		if a.Flags&(AccessFlags|DontCopy) == pictureFlags[c] {
			return c
		}
	}
	return '?'
}

// expect holds the space against a picture, and its invariants.
func (p *pictured) expect(picture string) {
	p.t.Helper()
	if err := p.Check(); err != nil {
		p.t.Error(err)
	}
	if got := p.String(); got != picture {
		p.t.Errorf("the space is %q, want %q", got, picture)
	}
}
