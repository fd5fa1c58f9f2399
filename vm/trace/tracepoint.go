package trace

import (
	"strconv"
	"strings"
)

// tracepointField is a field of a tracepoint as it is shown. Fields that identify a frame, an inode, a device or an
// instruction are left out: they differ between machines.
type tracepointField struct {
	name string
	hex  bool
}

// tracepoints are the kernel's tracepoints that the model has, with their fields in the order of the format files.
//
//	mm_filemap_fault index=3
//	page_fault_user address=0x7ffff7ff4000 error_code=0x6
var tracepoints = map[string][]tracepointField{
	"page_fault_user":                   {{"address", true}, {"error_code", true}},
	"page_fault_kernel":                 {{"address", true}, {"error_code", true}},
	"mm_filemap_fault":                  {{"index", false}},
	"mm_filemap_map_pages":              {{"index", false}, {"last_index", false}},
	"mm_filemap_add_to_page_cache":      {{"index", false}, {"order", false}},
	"mm_filemap_delete_from_page_cache": {{"index", false}, {"order", false}},
	"page_cache_ra_order":               {{"index", false}, {"size", false}, {"async_size", false}},
	"vm_unmapped_area":                  {{"addr", true}, {"length", true}},
}

// Tracepoints are the names of the kernel's tracepoints that the model has.
func Tracepoints() (names []string) {
	for name := range tracepoints {
		names = append(names, name)
	}
	return names
}

// Format is a tracepoint as the language writes it; value gives its fields. ok is false for one that the model does not
// have, or where a field is not known. A field without a value fails the whole line: a tracepoint that is printed in
// part could not be compared.
func Format(name string, value func(field string) (uint64, bool)) (text string, ok bool) {
	fields, ok := tracepoints[name]
	if !ok {
		return "", false
	}
	var b strings.Builder
	b.WriteString(name)
	for _, f := range fields {
		v, known := value(f.name)
		if !known {
			return "", false
		}
		b.WriteString(" " + f.name + "=")
		if f.hex {
			b.WriteString("0x" + strconv.FormatUint(v, 16))
		} else {
			b.WriteString(strconv.FormatUint(v, 10))
		}
	}
	return b.String(), true
}
