package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestLecturerTeachesFromAFileWithAClickerAlone is a lecture without a network, from a file: hide what comes next, ask
// the class, go on with the clicker's three keys, go back, ask why.
func TestLecturerTeachesFromAFileWithAClickerAlone(t *testing.T) {
	r := record(t, program)
	page := exported(t, r)
	if !strings.HasPrefix(page, "file://") {
		t.Fatal(page)
	}
	b := open(t, page, 1280, 800)
	b.key("h")
	b.is("hidden", "document.getElementById('clock').textContent", "t=0 of …")
	for i, s := range r.Statements[:3] {
		b.key(kb.PageDown)
		b.is("the clicker", moment, fmt.Sprintf("#t=%d&lvl=1&hide=1", s.End))
		if seen := b.text("#program"); strings.Contains(seen, r.Statements[i+1].Text) {
			t.Errorf("what comes next is to be seen:\n%s", seen)
		}
	}
	b.key("p")
	b.fill("#side-text input", "1\r")
	b.until("document.getElementById('side-text').innerText.includes('right')")
	b.key(kb.PageDown, kb.PageUp)
	b.is("on and back", moment, fmt.Sprintf("#t=%d&lvl=1&hide=1", r.Statements[3].End))
	b.key(".")
	b.is("a black screen", "document.getElementById('blank').hidden", "false")
	b.key(".", "h")
	b.is("all of it", "document.getElementById('clock').textContent",
		fmt.Sprintf("t=%d of %d", r.Statements[3].End, len(r.StepKinds)))
	b.key(kb.End, "w")
	if why := b.text("#side-text"); !strings.Contains(why, "faults") {
		t.Errorf("why: %s", why)
	}
	b.quiet()
}

// coloured are rows that a colour sets off and nothing else does.
const coloured = `[...document.querySelectorAll("tr.new, tr.changed, tr.gone, tr.now, tr.selected, tr.kin")].
	filter(r => r.checkVisibility() && !r.cells[0].textContent.trim() &&
	!["2px", "1px"].includes(getComputedStyle(r.cells[1]).borderTopWidth)).map(r => r.innerText).join("\n")`

// TestPersonWithoutAMouseOrEyesFollowsAFault goes from the first control to a page of the file, by keys alone: each
// step is announced, and each colour has a sign beside it.
func TestPersonWithoutAMouseOrEyesFollowsAFault(t *testing.T) {
	r := record(t, program)
	b := open(t, exported(t, r), 1280, 800)
	tab := func(what, reached string) {
		t.Helper()
		for range 60 {
			if b.key(kb.Tab); value[bool](b, "document.activeElement.matches("+fmt.Sprintf("%q", reached)+")") {
				return
			}
		}
		t.Fatalf("Tab does not reach %s", what)
	}
	announced := func(at int) {
		t.Helper()
		b.is("announced", "document.getElementById('live').textContent",
			fmt.Sprintf("t=%d. %s", at, r.StepTexts[at-1]))
		if only := value[string](b, coloured); only != "" {
			t.Errorf("t=%d: a colour alone says what these rows are:\n%s", at, only)
		}
	}
	b.key(kb.Tab)
	b.is("the first Tab", "document.activeElement.textContent", "To the narration")
	tab("the button that steps", "[data-do=on]")
	for _, s := range r.Statements[:6] {
		b.key(kb.Enter)
		announced(s.End)
	}
	tab("a row of the page cache", "#cache tbody tr")
	b.key(kb.Home)
	b.is("Home", moment, "#t=0&lvl=1")
	b.key(kb.End, kb.Enter)
	b.is("chosen", "location.hash.includes('&sel=c:')", "true")
	b.key("w")
	b.is("why", "document.getElementById('side-h').textContent.startsWith('Why: page ')", "true")
	tab("a step of the chain", "#side-text li button")
	b.key(kb.Enter)
	at := value[int](b, `Number(location.hash.match(/t=(\d+)/)[1])`)
	if at <= 0 || at >= len(r.StepKinds) {
		t.Errorf("the chain leads to t=%d", at)
	}
	announced(at)
	b.key(kb.Escape, "?")
	b.is("the keys", "document.getElementById('dialog').open", "true")
	b.key(kb.Escape)
	b.is("Esc", "document.getElementById('dialog').open", "false")
	b.quiet()
}
