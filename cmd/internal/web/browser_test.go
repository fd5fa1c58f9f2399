package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"vmsim/cmd/internal/recording"
	"vmsim/syscalls/script/scripttest"
)

// program has most of what the page shows: a file, both kinds of mapping, a fork, copy-on-write, writeback.
const program = `.machine fs=ext4 disk=nvme
.file /data/a 65536 cold
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 8*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
q = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)
? majflt
p[0]
p[0] = 'x'
q[0] = 'y'
c = fork()
c: q[0] = 'z'
q[PAGE]
msync(p, PAGE, MS_SYNC)
munmap(p, 8*PAGE)
`

func record(t testing.TB, text string) *recording.Recording {
	t.Helper()
	return recordNamed(t, "lesson.vms", text)
}

func recordNamed(t testing.TB, name, text string) *recording.Recording {
	t.Helper()
	prog := scripttest.Parse(t, name, text)
	r, err := recording.Of(prog, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exported is the page of a recording as a file.
func exported(t testing.TB, r *recording.Recording) string {
	t.Helper()
	var b bytes.Buffer
	if err := Page(&b, r, None); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// browser is a tab of headless Chromium, and what it complained of and asked for.
type browser struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// browsers are the names that Chromium goes by.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"chromium-headless-shell"}

func open(t testing.TB, url string, width, height int) *browser {
	t.Helper()
	path := ""
	for _, name := range browsers {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here; on Debian apt-get install chromium has one")
	}
	ctx := start(t, path, width, height)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(int64(width), int64(height)))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	var stop context.CancelFunc
	b.ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(url))
	b.until(`document.documentElement.dataset.ready === "yes"`)
	return b
}

// start starts Chromium, at a second attempt if it ends at the first one. A browser that does not start says nothing of
// the page.
func start(t testing.TB, path string, width, height int) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WindowSize(width, height))
	var err error
	for range 2 {
		ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
		t.Cleanup(stop)
		ctx, stop = chromedp.NewContext(ctx)
		t.Cleanup(stop)
		if err = chromedp.Do(ctx); err == nil {
			return ctx
		}
	}
	t.Skipf("Chromium does not start here: %v", err)
	return nil
}

// hear keeps complaints of the console, exceptions, and requests.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("%s %v", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("%+v", e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			b.requests = append(b.requests, e.Request.URL)
		}
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.fatal(err)
	}
}

func (b *browser) fatal(err error) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%v\n%s", err, strings.Join(b.complaints, "\n"))
}

// value is what an expression of the page is worth.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.fatal(fmt.Errorf("%s: %w", expression, err))
	}
	return v
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	poll := chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(time.Minute))
	if err := chromedp.Do(b.ctx, poll); err != nil {
		b.fatal(fmt.Errorf("%s: %w\n%s", expression, err, b.text("body")))
	}
}

func (b *browser) key(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// evaluate runs an expression for what it does.
func evaluate(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](expression)
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill types into a field.
func (b *browser) fill(selector, keys string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// text is what the elements of a selector say, without those that are hidden.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return value[string](b,
		fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.innerText).join('\\n')", selector))
}

// is holds what an expression is worth against what it should be.
func (b *browser) is(what, expression, want string) {
	b.t.Helper()
	if got := value[string](b, "String("+expression+")"); got != want {
		b.t.Errorf("%s: %q, not %q", what, got, want)
	}
}

// quiet fails where the page complained, or asked for anything but itself.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Error("the page complains: " + c)
	}
	if len(b.requests) != 1 {
		b.t.Errorf("the page asks for more than itself: %v", b.requests)
	}
}

const moment = "location.hash"

func TestExportedPageMovesByKeysAndAsksForNothing(t *testing.T) {
	r := record(t, program)
	b := open(t, exported(t, r), 1280, 800)
	b.is("the beginning", moment, "#t=0&lvl=1")
	b.key(kb.ArrowRight)
	first := r.Statements[0].End
	b.is("→", moment, fmt.Sprintf("#t=%d&lvl=1", first))
	b.key(kb.PageDown, kb.PageUp)
	b.is("a clicker's two keys", moment, fmt.Sprintf("#t=%d&lvl=1", first))
	b.key("3", kb.ArrowRight)
	b.is("a single step", moment, fmt.Sprintf("#t=%d&lvl=3", first+1))
	b.key("2", kb.ArrowLeft)
	b.is("back to a function's first step", "Number(location.hash.match(/t=(\\d+)/)[1]) <= "+fmt.Sprint(first), "true")
	b.key(kb.Home, "]")
	b.is("the first fault", "document.querySelector('#linux code').textContent", "fault")
	b.key(kb.End, "m")
	b.is("a mark", "document.querySelector('#marks button').textContent", fmt.Sprintf("t=%d", len(r.StepKinds)))
	b.key("[", "1")
	b.is("the level", "document.querySelector('[data-level=\"1\"]').getAttribute('aria-pressed')", "true")
	b.key("?")
	b.is("the keys", "document.getElementById('dialog').open", "true")
	b.key(kb.Escape, "g")
	b.fill("#dialog input", "7\r")
	b.is("goto", "document.getElementById('clock').textContent", fmt.Sprintf("t=7 of %d", len(r.StepKinds)))
	b.key(".")
	b.is("black", "document.getElementById('blank').hidden", "false")
	b.key(".")
	b.key(" ")
	b.until("!location.hash.startsWith('#t=7&')")
	b.key(" ")
	b.is("play has stopped", "document.querySelector('[data-do=play]').textContent", "Play")
	b.quiet()
}

func TestStateOfALinkIsThatOfHavingGoneThere(t *testing.T) {
	r := record(t, program)
	page := exported(t, r)
	walked := open(t, page, 1280, 2600)
	n := r.Statements[7].End
	walked.do(evaluate(fmt.Sprintf("location.hash = '#t=%d&lvl=3'", len(r.StepKinds))))
	walked.until("document.getElementById('clock').textContent.startsWith('t=" + fmt.Sprint(len(r.StepKinds)) + " ')")
	for range len(r.StepKinds) - n {
		walked.key(kb.ArrowLeft)
	}
	linked := open(t, fmt.Sprintf("%s#t=%d&lvl=3", page, n), 1280, 2600)
	if a, b := walked.text("main"), linked.text("main"); a != b || len(a) < 500 {
		t.Errorf("going back leads to\n%s\nand the link to\n%s", a, b)
	}
}

func TestChosenThingMarksItsCounterpartsInEveryPanel(t *testing.T) {
	r := record(t, program)
	b := open(t, fmt.Sprintf("%s#t=%d&lvl=1", exported(t, r), r.Statements[7].End), 1280, 800)
	b.click("#cache tbody tr[aria-rowindex='2']")
	b.is("selected", "document.querySelectorAll('tr.selected').length > 0 && location.hash.includes('&sel=c:')", "true")
	for _, panel := range []string{"areas", "tables", "frames", "disk"} {
		b.is(panel, "document.querySelectorAll('#"+panel+" tr.kin').length > 0", "true")
	}
	if said := b.text("#chain"); !strings.Contains(said, "/data/a") || !strings.Contains(said, "disk block") {
		t.Errorf("the chain is %q", said)
	}
	b.key("w")
	if why := b.text("#side-text"); !strings.Contains(why, "page 0 of /data/a") || !strings.Contains(why, "t=") {
		t.Errorf("why: %s", why)
	}
	b.click("#side-text li button")
	b.is("a cause leads to its step", "location.hash.startsWith('#t="+fmt.Sprint(r.Statements[7].End)+"&')", "false")
	b.click("#touching")
	b.key("3", kb.Home, kb.ArrowRight)
	b.is("only steps that touch it", "document.querySelectorAll('tr.selected, tr.kin').length > 0", "true")
	b.key(kb.Escape)
	b.is("no selection", "location.hash.includes('sel')", "false")
	b.quiet()
}

func TestLecturerHidesAndAsks(t *testing.T) {
	b := open(t, exported(t, record(t, program)), 1280, 800)
	b.key(kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, "h")
	if seen := b.text("#program"); strings.Contains(seen, "msync") || strings.Contains(seen, "p[0] = 'x'") {
		t.Errorf("what comes next is to be seen:\n%s", seen)
	}
	b.key("p")
	if q := b.text("#side-text"); !strings.Contains(q, "majflt") {
		t.Errorf("the program's own question is not asked: %s", q)
	}
	b.fill("#side-text input", "1\r")
	b.until("document.getElementById('side-text').innerText.includes('right')")
	b.is("score", "document.getElementById('side-h').textContent", "Predict: 1 of 1 right")
	b.key("p")
	b.fill("#side-text input[name=cow]", "0")
	b.fill("#side-text input[name=minor]", "7\r")
	b.until("document.getElementById('side-text').innerText.includes('it is 1')")
	b.quiet()
}

func TestEachStepIsAnnouncedInTheTerminalsWords(t *testing.T) {
	r := record(t, program)
	b := open(t, exported(t, r), 1280, 800)
	b.key("3")
	for i, sentence := range r.StepTexts[:20] {
		b.key(kb.ArrowRight)
		b.is("announced", "document.getElementById('live').textContent", fmt.Sprintf("t=%d. %s", i+1, sentence))
	}
}

func TestServedPageAnswersWhatIsTyped(t *testing.T) {
	s := httptest.NewServer(Handler(record(t, program)))
	defer s.Close()
	b := open(t, s.URL, 1280, 800)
	typed := func(line, wanted string) {
		b.fill("#line", line+"\r")
		b.until(fmt.Sprintf("document.getElementById('side-text').innerText.includes(%q)", wanted))
	}
	b.key(kb.ArrowRight, kb.ArrowRight, kb.ArrowRight)
	typed("info maps", "[stack]")
	typed("mmpa(1)", "mmap")
	typed("save /tmp/x.vms", "no files")
	typed("p[3]", "p[3] ==")
	b.is("a branch", "document.querySelectorAll('#branches button').length", "3")
	if text := b.text("#program"); !strings.Contains(text, "p[3]") || !strings.Contains(text, "munmap") {
		t.Errorf("the branch is\n%s", text)
	}
	b.click("#branches button:last-child")
	if text := b.text("#dialog"); !strings.Contains(text, "What differs") || !strings.Contains(text, "branch 1") {
		t.Errorf("compared: %s", text)
	}
}
