package web

import (
	"fmt"
	"strings"
	"testing"
)

// long is a program of some 240,000 steps: faults of every kind, areas that come and go, writeback.
func long() string {
	var b strings.Builder
	b.WriteString(".machine fs=ext4 disk=nvme\n.file /data/a 4194304 cold\nfd = openat(AT_FDCWD, \"/data/a\", " +
		"O_RDWR)\n")
	for i := range 45 {
		fmt.Fprintf(&b, "p%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n", i)
		fmt.Fprintf(&b, "p%d[0..256*PAGE step PAGE] = %d\n", i, i)
		fmt.Fprintf(&b, "h%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", i)
		fmt.Fprintf(&b, "h%d[0..256*PAGE step PAGE] = 1\nmunmap(h%d, 256*PAGE)\n", i, i)
		for j := range 20 {
			fmt.Fprintf(&b, "mprotect(p%d + %d*PAGE, PAGE, PROT_READ)\n", i, j*2)
		}
		b.WriteString("msync(p0, 256*PAGE, MS_SYNC)\n")
	}
	return b.String()
}

// timed does something so many times, each followed by a frame of the browser, and says how long the page itself was at
// work, layout included, in milliseconds: the median and the longest.
const timed = `(async () => {
	const times = [];
	for (let i = 0; i < %d; i++) {
		const before = performance.now();
		%s;
		document.body.getBoundingClientRect();
		times.push(performance.now() - before);
		await new Promise(requestAnimationFrame);
	}
	times.sort((a, b) => a - b);
	window.timed = [times[times.length >> 1], times.at(-1)];
})()`

// BenchmarkLongRecording opens the page of a long program, steps and jumps.
func BenchmarkLongRecording(b *testing.B) {
	r := record(b, long())
	page := exported(b, r)
	for b.Loop() {
		tab := open(b, page, 1280, 800)
		b.ReportMetric(float64(len(r.StepKinds)), "steps")
		b.ReportMetric(value[float64](tab, "performance.getEntriesByType('mark')[0].startTime"), "ms-open")
		end := len(r.StepKinds)
		for name, do := range map[string]string{
			"step": `document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }))`,
			"jump": fmt.Sprintf(`location.hash = "#t=" + (i * 7919 * 13 %% %d) + "&lvl=3";
				dispatchEvent(new Event("hashchange"))`, end),
		} {
			tab.do(evaluate(fmt.Sprintf("location.hash = '#t=%d&lvl=3'", end/2)), evaluate("delete window.timed"),
				evaluate(fmt.Sprintf(timed, 60, do)+"; 0"))
			tab.until("window.timed")
			b.ReportMetric(value[float64](tab, "window.timed[0]"), "ms-"+name)
			b.ReportMetric(value[float64](tab, "window.timed[1]"), "ms-longest-"+name)
		}
	}
}
