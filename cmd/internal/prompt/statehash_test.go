package prompt

import (
	"hash/maphash"
	"reflect"
	"unsafe"
)

// stateHash is a hash of everything that can be reached from a value: every byte of every object, unexported fields
// included, in whatever order the objects are reached. Two hashes differ where anything was changed in between, even if
// nothing that is printed shows it. Functions are left out, and the fields that memoise a look-up.
type stateHash struct {
	seed   maphash.Seed
	seen   map[object]bool
	todo   []object
	fields map[reflect.Type][]field // of structs
}

// field is where in a struct a field lies.
type field struct {
	offset uintptr
	of     reflect.Type
}

// object is a variable: where it is, and what.
type object struct {
	at unsafe.Pointer
	of reflect.Type
}

// memoised are fields that a look-up may set without any effect but on the time of the next one.
var memoised = map[string]bool{"vm.Space.recent": true}

// newStateHash makes a hash whose values can be compared with each other.
func newStateHash() *stateHash {
	return &stateHash{seed: maphash.MakeSeed(), seen: map[object]bool{}, fields: map[reflect.Type][]field{}}
}

// of is the hash of what the pointer leads to.
func (h *stateHash) of(pointer any) (sum uint64) {
	clear(h.seen)
	v := reflect.ValueOf(pointer)
	h.reach(v.UnsafePointer(), v.Type().Elem())
	for len(h.todo) > 0 {
		o := h.todo[len(h.todo)-1]
		h.todo = h.todo[:len(h.todo)-1]
		var m maphash.Hash
		m.SetSeed(h.seed)
		h.add(&m, o.at, o.of)
		sum += m.Sum64() // a sum: the order in which maps are walked does not matter
	}
	return sum
}

// reach has an object hashed, once.
func (h *stateHash) reach(at unsafe.Pointer, of reflect.Type) {
	if o := (object{at, of}); at != nil && !h.seen[o] {
		h.seen[o] = true
		h.todo = append(h.todo, o)
	}
}

// add hashes an object's own bytes, with the addresses that it holds, and reaches what they lead to.
func (h *stateHash) add(m *maphash.Hash, at unsafe.Pointer, t reflect.Type) {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Array {
		m.Write(unsafe.Slice((*byte)(at), t.Size()))
	}
	switch t.Kind() {
	case reflect.Pointer:
		h.reach(*(*unsafe.Pointer)(at), t.Elem())
	case reflect.Interface:
		if v := reflect.NewAt(t, at).Elem().Elem(); v.Kind() == reflect.Pointer {
			h.reach(v.UnsafePointer(), v.Type().Elem())
		}
	case reflect.Slice:
		s := reflect.NewAt(t, at).Elem()
		h.addAll(m, s.UnsafePointer(), s.Len(), t.Elem())
	case reflect.Array:
		h.addAll(m, at, t.Len(), t.Elem())
	case reflect.Struct:
		for _, f := range h.fieldsOf(t) {
			h.add(m, unsafe.Add(at, f.offset), f.of)
		}
	case reflect.Map:
		h.addMap(m, reflect.NewAt(t, at).Elem())
	}
}

// fieldsOf are the fields of a struct that are hashed.
func (h *stateHash) fieldsOf(t reflect.Type) []field {
	if fields, ok := h.fields[t]; ok {
		return fields
	}
	var fields []field
	for f := range t.Fields() {
		if !memoised[t.String()+"."+f.Name] {
			fields = append(fields, field{f.Offset, f.Type})
		}
	}
	h.fields[t] = fields
	return fields
}

// addAll hashes n elements that follow each other, all at once where they hold no addresses.
func (h *stateHash) addAll(m *maphash.Hash, at unsafe.Pointer, n int, t reflect.Type) {
	if n == 0 || t.Size() == 0 {
		return
	}
	if plain(t) {
		m.Write(unsafe.Slice((*byte)(at), n*int(t.Size())))
		return
	}
	for i := range n {
		h.add(m, unsafe.Add(at, uintptr(i)*t.Size()), t)
	}
}

// plain reports whether values of a type hold no addresses, nor bytes that belong to no field.
func plain(t reflect.Type) bool {
	switch k := t.Kind(); k {
	case reflect.Array:
		return plain(t.Elem())
	default:
		return k >= reflect.Bool && k <= reflect.Complex128
	}
}

func (h *stateHash) addMap(m *maphash.Hash, v reflect.Value) {
	sum := uint64(0)
	for i := v.MapRange(); i.Next(); {
		var e maphash.Hash
		e.SetSeed(h.seed)
		for _, x := range []reflect.Value{i.Key(), i.Value()} {
			c := reflect.New(x.Type())
			c.Elem().Set(x)
			h.add(&e, c.UnsafePointer(), x.Type())
		}
		sum += e.Sum64()
	}
	maphash.WriteComparable(m, sum)
}
