package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Head is the table's first line.
func Head() string {
	return fmt.Sprintf("%-45s%11s%11s%7s  %-16s %s", "work", "model", "kernel", "ratio", "goal", "met?")
}

// String is the row's line of the table.
func (f Figure) String() string {
	model, kernel, ratio := "-", "-", "-"
	if f.Model > 0 {
		model = f.Row.Unit.format(f.Model)
	}
	if f.Kernel > 0 {
		kernel = f.Row.Unit.format(f.Kernel)
		ratio = fmt.Sprintf("%.2f", f.Ratio())
	}
	line := fmt.Sprintf("%-45s%11s%11s%7s  %-16s %s", f.Row.What, model, kernel, ratio, f.Row.Goal, f.Verdict())
	if f.Why != "" {
		line += "  (" + f.Why + ")"
	}
	return strings.TrimRight(line, " ")
}

// Tail counts.
func Tail(figures []Figure) string {
	var met, missed, unknown int
	for _, f := range figures {
		switch f.Verdict() {
		case "met":
			met++
		case "?":
			unknown++
		default:
			missed++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d met, %d missed, %d could not be measured here\n", met, missed, unknown)
	return b.String()
}

// Missed reports whether a goal was missed.
func Missed(figures []Figure) bool {
	return slices.ContainsFunc(figures, func(f Figure) bool { return f.judged && !f.met })
}

// WriteJSON writes the row as a line of JSON.
func (f Figure) WriteJSON(w io.Writer) error {
	out := struct {
		Row    string   `json:"row"`
		What   string   `json:"what"`
		Unit   Unit     `json:"unit"`
		Model  *float64 `json:"model"`
		Kernel *float64 `json:"kernel"`
		Ratio  *float64 `json:"ratio"`
		Goal   string   `json:"goal"`
		Met    *bool    `json:"met"` // null where this machine cannot tell
		Why    string   `json:"why,omitempty"`
	}{Row: f.Row.Name, What: f.Row.What, Unit: f.Row.Unit, Model: known(f.Model), Kernel: known(f.Kernel),
		Ratio: known(f.Ratio()), Goal: f.Row.Goal.String(), Why: f.Why}
	if f.judged {
		out.Met = &f.met
	}
	return json.NewEncoder(w).Encode(out)
}

func known(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}
