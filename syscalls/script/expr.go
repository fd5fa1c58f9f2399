package script

import (
	"strconv"
	"strings"
)

// Expr is a value as it is written: it remembers its spelling, so that a program prints back as it was typed.
type Expr interface {
	String() string
	prec() int
}

// Num is a number: 4096, 0x1000, 0644, 'A', 64K.
type Num struct {
	Val    uint64 // before the suffix
	Base   byte   // 'd', 'x', 'o' or 'c' for a character
	Width  uint8  // the least number of hex digits
	Suffix byte   // 0, 'K', 'M' or 'G'
}

// Name is a bound name, a flag, or PAGE.
type Name struct{ ID string }

// Unary is -x or ~x.
type Unary struct {
	Op string
	X  Expr
}

// Binary is x OP y, with C's operators and precedence.
type Binary struct {
	Op   string
	X, Y Expr
}

// Str is a C string, or one repeated: "A" * 4096. Its bytes are put into scratch by the harness.
type Str struct {
	Val   string
	Times Expr // nil for once
}

// Pattern is pattern(k): byte j is (7*j + k) mod 256, for as long as the count says.
type Pattern struct{ K Expr }

// Scratch is the process's scratch memory.
type Scratch struct{}

// Composite is a structure or an array that the harness builds in scratch: [{p, 4096}, …], {rlim_cur=1, rlim_max=2}.
// Each element is a 64-bit word; a string is a pointer to its bytes.
type Composite struct {
	Open  byte // '{' or '['
	Items []Field
	Rest  bool       // ends in ...: there is more, and it may be anything
	Then  []Field    // {features=0 => features=1}: members that the call has stored, within the structure
	After *Composite // [0] => [4096]: what the call makes of it
}

// Field is one element of a Composite.
type Field struct {
	Name string // empty where none is given
	X    Expr
}

// raw is an argument of a call outside the model, kept as it was found.
type raw struct{ Text string }

// The precedences of C's operators; a higher one binds tighter.
const (
	precProduct = 5
	precUnary   = 6
	precPrimary = 7
)

// precedence is that of an operator with two operands, 0 for what is none.
func precedence(op string) int {
	switch op {
	case "|":
		return 1
	case "&":
		return 2
	case "<<", ">>":
		return 3
	case "+", "-":
		return 4
	case "*", "/", "%":
		return precProduct
	}
	return 0
}

func (n Num) prec() int        { return precPrimary }
func (Name) prec() int         { return precPrimary }
func (Unary) prec() int        { return precUnary }
func (b Binary) prec() int     { return precedence(b.Op) }
func (Pattern) prec() int      { return precPrimary }
func (Scratch) prec() int      { return precPrimary }
func (Composite) prec() int    { return precPrimary }
func (raw) prec() int          { return precPrimary }
func (n Name) String() string  { return n.ID }
func (Scratch) String() string { return "scratch" }
func (r raw) String() string   { return r.Text }

func (s Str) prec() int {
	if s.Times != nil {
		return precProduct
	}
	return precPrimary
}

// Value is the number with its suffix applied.
func (n Num) Value() uint64 { return n.Val << suffixShift(n.Suffix) }

func suffixShift(c byte) uint {
	switch c {
	case 'K':
		return 10
	case 'M':
		return 20
	case 'G':
		return 30
	}
	return 0
}

func (n Num) String() string {
	suffix := ""
	if n.Suffix != 0 {
		suffix = string(n.Suffix)
	}
	switch n.Base {
	case 'x':
		s := strconv.FormatUint(n.Val, 16)
		if len(s) < int(n.Width) {
			s = strings.Repeat("0", int(n.Width)-len(s)) + s
		}
		return "0x" + s + suffix
	case 'o':
		return "0" + strconv.FormatUint(n.Val, 8) + suffix
	case 'c':
		return "'" + escapeByte(string([]byte{byte(n.Val)}), 0, '\'') + "'"
	}
	return strconv.FormatUint(n.Val, 10) + suffix
}

func (u Unary) String() string { return u.Op + inParens(u.X, precUnary) }

func (b Binary) String() string {
	op := b.Op
	if op == "+" || op == "-" {
		op = " " + op + " "
	}
	return inParens(b.X, b.prec()) + op + inParens(b.Y, b.prec()+1)
}

func (s Str) String() string {
	if s.Times == nil {
		return Quote(s.Val)
	}
	return Quote(s.Val) + " * " + inParens(s.Times, precUnary)
}

func (p Pattern) String() string { return "pattern(" + p.K.String() + ")" }

func (c Composite) String() string {
	var b strings.Builder
	b.WriteByte(c.Open)
	b.WriteString(fieldsText(c.Items))
	if len(c.Then) > 0 {
		b.WriteString(" => " + fieldsText(c.Then))
	}
	if c.Rest {
		b.WriteString(strings.Repeat(", ", min(1, len(c.Items))) + "...")
	}
	b.WriteByte(closing(c.Open))
	if c.After != nil {
		b.WriteString(" => " + c.After.String())
	}
	return b.String()
}

func fieldsText(fields []Field) string {
	var parts []string
	for _, f := range fields {
		text := f.X.String()
		if f.Name != "" {
			text = f.Name + "=" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func closing(open byte) byte { return map[byte]byte{'{': '}', '[': ']', '(': ')'}[open] }

func inParens(x Expr, least int) string {
	if x.prec() < least {
		return "(" + x.String() + ")"
	}
	return x.String()
}

// parseNumber reads a C integer with an optional K, M or G. why says what is wrong with it.
func parseNumber(text string) (n Num, why string) {
	digits := text
	hex := strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X")
	if k := len(digits) - 1; k > 0 && strings.IndexByte("KMG", digits[k]) >= 0 {
		n.Suffix, digits = digits[k], digits[:k]
	}
	base := 10
	n.Base = 'd'
	switch {
	case hex:
		digits, base, n.Base = digits[2:], 16, 'x'
		n.Width = uint8(min(len(digits), 16))
	case len(digits) > 1 && digits[0] == '0':
		digits, base, n.Base = digits[1:], 8, 'o'
	}
	v, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return Num{}, numberTrouble(err, base)
	}
	n.Val = v
	if s := suffixShift(n.Suffix); v<<s>>s != v {
		return Num{}, "the number is over 64 bits"
	}
	return n, ""
}

func numberTrouble(err error, base int) string {
	if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
		return "the number is over 64 bits"
	}
	return map[int]string{8: "this is no number: after a leading 0 the digits are octal, 0 to 7",
		10: "this is no number: names begin with a letter, numbers are digits with K, M or G after them",
		16: "this is no number: after 0x come hexadecimal digits"}[base]
}
