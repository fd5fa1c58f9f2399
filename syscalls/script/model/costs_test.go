package model

import (
	"bytes"
	"strings"
	"testing"
)

func TestCostsAreReadAsTheyWereWritten(t *testing.T) {
	c := DefaultCosts()
	for name, n := range map[string]int64{"fault": 540, "copy-byte": 90, "cold-byte": 195, "zero-byte": 125,
		"wake-up": 30, "open": 1700, "disk-command": 17000, "disk-block": 1200, "tlb-miss": -1} {
		c.Set(name, n)
	}
	if c.Of("tlb-miss") != 0 {
		t.Errorf("a cost is negative: %d", c.Of("tlb-miss"))
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	back, err := ReadCosts(strings.NewReader("# measured\n" + b.String()))
	if err != nil || *back != *c {
		t.Errorf("%v: read back from\n%s", err, b.String())
	}
}

func TestWrongCostIsNamedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"fault 1 ns\nfaults 1 ns": "line 2: no step is called faults",
		"fault 1":                 "a name, a number and its unit",
		"fault 1 ps":              "fault is in ns",
		"copy-byte 1 ns":          "copy-byte is in ps",
		"fault -1 ns":             "-1 is no number",
	} {
		if _, err := ReadCosts(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
