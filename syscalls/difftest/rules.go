package difftest

// Rule is an entry of the list of differences: something in which the model does not answer as Linux does, on purpose.
type Rule struct {
	Name    string // a few words
	Kernel  string // what Linux does, and by which rule of its own
	Model   string // what the model does
	Why     string // why the model keeps away from it
	Example string // a program that shows the difference: the suite runs it, and fails where the rule is not needed
	Ends    bool   // what follows in the program means nothing any more
	Matches func(d Difference) bool
}

// Rules is the list of differences. It is what docs/differences.md prints.
var Rules = []Rule{}

// explain is the rule for a difference, nil for none.
func explain(d Difference) *Rule {
	for i := range Rules {
		if Rules[i].Matches(d) {
			return &Rules[i]
		}
	}
	return nil
}
