package web

import (
	"fmt"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

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
	r := record(b, scripttest.Long())
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
