package script

// stocks are what the values and statements of a program are put into. They come in arrays, since asking for memory for
// each was a third of reading a program; what is written the same is one value.
type stocks struct {
	names    map[string]Expr // of the names that have been read
	numbers  [64]Expr        // that were read last
	accesses stock[Access]
	calls    stock[Call]
	args     stock[Arg]
}

// stock hands out values from arrays that grow: a parser of one line needs one.
type stock[T any] struct {
	left []T
	size int
}

// mostStocked is how many values an array has at most: it lives as long as one of them does.
const mostStocked = 64

func (s *stock[T]) take() *T { return &s.some(1)[:1][0] }

// some is room for n values in a row.
func (s *stock[T]) some(n int) []T {
	if len(s.left) < n {
		s.size = max(n, min(2*s.size, mostStocked))
		s.left = make([]T, s.size)
	}
	room := s.left[:0:n]
	s.left = s.left[n:]
	return room
}

// known is a name as a value, nil where it is no bound one nor a constant.
func (c *cursor) known(name string) Expr {
	if c.parser == nil {
		return Name{ID: name}
	}
	st := &c.parser.stocks
	if x, ok := st.names[name]; ok {
		return x
	}
	if _, ok := constants[name]; !ok && !c.bound(name) {
		return nil
	}
	if st.names == nil {
		st.names = map[string]Expr{}
	}
	x := Expr(Name{ID: name})
	st.names[name] = x
	return x
}

// number is a number as a value.
func (c *cursor) number(n Num) Expr {
	if c.parser == nil {
		return n
	}
	x := &c.parser.stocks.numbers[(n.Val^n.Val>>12)%64]
	if old, ok := (*x).(Num); !ok || old != n {
		*x = n
	}
	return *x
}

// access is an access to what base says.
func (c *cursor) access(base Expr, form Form) *Access {
	a := c.parser.stocks.accesses.take()
	a.Base, a.Form = base, form
	return a
}
