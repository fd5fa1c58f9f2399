package web

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/faults.js
var faults string

// states are moments at which the page is looked at: what is shown, and the keys that lead there.
var states = []struct {
	name string
	keys []string
}{
	{"beginning", nil},
	{"faulted", []string{kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, kb.ArrowRight}},
	{"forked", []string{kb.End, kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft}},
	{"marked", []string{kb.End, kb.ArrowLeft, "m", kb.ArrowRight}},
	{"inside", []string{"3", kb.Home, "]", kb.ArrowRight, kb.ArrowRight}},
	{"why", []string{"1", kb.End, "w"}},
	{"predict", []string{kb.Escape, kb.Home, kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, "p"}},
	{"hidden", []string{"TAB", kb.Escape, "h"}},
	{"keys", []string{"h", "?"}},
	{"end", []string{"CLOSE", kb.End}},
}

// kept is where screenshots go that someone wants to look at.
const kept = "VMSIM_SCREENSHOTS"

func TestPageIsForEveryoneAndFitsTheScreen(t *testing.T) {
	page := exported(t, record(t, program))
	for _, size := range [][2]int{{1280, 800}, {1920, 1080}, {390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			b := open(t, page, size[0], size[1])
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme},
					{Name: "prefers-reduced-motion", Value: "reduce"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range states {
				for _, k := range s.keys {
					switch k {
					case "TAB": // out of a field, where keys are text
						b.do(evaluate("document.activeElement.blur()"))
					case "CLOSE":
						b.do(evaluate("document.getElementById('dialog').close()"))
					default:
						b.key(k)
					}
				}
				b.keep(fmt.Sprintf("%s-%dx%d-%s.png", s.name, size[0], size[1], scheme))
				if found := value[string](b, faults); found != "" {
					t.Errorf("%s, %v, %s:\n%s", s.name, size, scheme, found)
				}
			}
			b.quiet()
		}
	}
}

// keep writes a screenshot where it is wanted.
func (b *browser) keep(name string) {
	b.t.Helper()
	dir := os.Getenv(kept)
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestKeyboardAloneReachesEveryControlAndEveryRow(t *testing.T) {
	r := record(t, program)
	b := open(t, fmt.Sprintf("%s#t=%d", exported(t, r), r.Statements[7].End), 1280, 800)
	want := value[int](b, `[...document.querySelectorAll("button, input, tr[tabindex='0']")].
		filter(e => e.checkVisibility()).length`)
	const here = `(() => {
		window.reached ??= new Set();
		window.reached.add(document.activeElement);
		return [...window.reached].filter(e => e.matches("button, input, tr")).length;
	})()`
	got := 0
	for range 3 * want {
		b.key(kb.Tab)
		got = value[int](b, here)
	}
	if got != want || want < 20 {
		t.Errorf("Tab reaches %d of %d controls", got, want)
	}
	b.do(evaluate(`document.querySelector("#frames tr[tabindex='0']").focus()`))
	b.key(kb.ArrowDown, kb.ArrowDown, kb.Enter)
	b.is("a row by the arrow keys", "document.activeElement.getAttribute('aria-rowindex')", "4")
	b.is("Enter", "document.activeElement.getAttribute('aria-selected')", "true")
	b.quiet()
}
