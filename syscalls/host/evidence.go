package host

// Evidence is one kind of evidence that a machine may give of what its kernel did.
type Evidence struct {
	Name string `json:"name"`
	Have bool   `json:"have"`
	What string `json:"what"`           // what it shows
	More string `json:"more,omitempty"` // where it is missing: why, and what would give it
}

// Missing are the names of the kinds that are not to be had.
func Missing(list []Evidence) (names []string) {
	for _, e := range list {
		if !e.Have {
			names = append(names, e.Name)
		}
	}
	return names
}

// Setting is something about this machine that decides answers, and what the model takes it to be.
type Setting struct {
	Name  string `json:"name"`
	Here  string `json:"here"`
	Model string `json:"model"`
}
