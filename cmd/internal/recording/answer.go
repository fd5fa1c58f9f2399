package recording

// message is what the page gets for a line that was typed.
type message struct {
	Answer    string `json:"answer,omitempty"`
	Recording string `json:"recording,omitempty"`
	At        int    `json:"at,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Answer is what the page gets for a line that was typed, as a value that becomes JSON.
func Answer(line Line) any {
	reply, err := Type(line)
	if err != nil {
		return message{Error: err.Error()}
	}
	m := message{Answer: reply.Answer, At: reply.At}
	if reply.Recording != nil {
		if m.Recording, err = reply.Recording.Pack(); err != nil {
			return message{Error: err.Error()}
		}
	}
	return m
}
