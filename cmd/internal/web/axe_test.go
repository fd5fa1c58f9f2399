package web

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// axeFile names the variable of the environment that says where axe.min.js lies, of the package axe-core.
const axeFile = "VMSIM_AXE"

// serious are the faults that axe-core finds and calls serious or critical.
const serious = `axe.run(document, { resultTypes: ["violations"] }).then((r) => {
	window.found = r.violations.filter((v) => ["serious", "critical"].includes(v.impact)).
		map((v) => v.id + ": " + v.help + " " + v.nodes.map((n) => n.target.join(" ")).join(", ")).join("\n");
	window.others = r.violations.length;
}), 0`

func TestAxeFindsNoSeriousFault(t *testing.T) {
	code, err := os.ReadFile(os.Getenv(axeFile))
	if err != nil {
		t.Skipf("axe-core is not here: %s names axe.min.js (npm pack axe-core has it)", axeFile)
	}
	r := record(t, program)
	b := open(t, fmt.Sprintf("%s#t=%d&lvl=1&sel=c:1025:0", exported(t, r), r.Statements[7].End), 1280, 800)
	b.do(evaluate(string(code) + ";0"))
	for _, keys := range [][]string{{"w"}, {kb.Escape, "d"}, {"h"}, {"h", "?"}} {
		b.key(keys...)
		b.do(evaluate("delete window.found"), evaluate(serious))
		b.until("window.found !== undefined")
		if found := value[string](b, "window.found"); found != "" {
			t.Errorf("after %v:\n%s", keys, found)
		}
		t.Logf("after %v: %d faults of any kind", keys, value[int](b, "window.others"))
	}
}
