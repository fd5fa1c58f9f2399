package vm

// Access is what a program does at an address.
// Linux: FAULT_FLAG_WRITE and FAULT_FLAG_INSTRUCTION (include/linux/mm_types.h), none for a load.
type Access uint8

// The three kinds of access.
const (
	Load Access = iota
	Store
	Fetch // an instruction is read
)

// String is the letter the language uses: r, w or x.
func (a Access) String() string { return [...]string{"r", "w", "x"}[a] }
