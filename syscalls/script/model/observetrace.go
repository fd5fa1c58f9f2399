package model

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// tracepoint is a step as the kernel's tracepoint tells of it; ok is false for a step that has none.
func (w *watch) tracepoint(e trace.Event) (text string, ok bool) {
	name := e.Kind.Info().Tracepoint
	var values map[string]uint64
	switch e.Kind {
	case trace.Faulted:
		name, values = faultPoint(e)
	case trace.GapSearch:
		values = map[string]uint64{"addr": e.Args[0], "length": e.Args[1]}
	case trace.FilemapFault:
		values = map[string]uint64{"index": e.Args[0]}
	case trace.MappedAround:
		values = map[string]uint64{"index": e.Args[0], "last_index": e.Args[1]}
	case trace.CacheAdded, trace.CacheRemoved:
		values = w.folioPoint(e)
	case trace.ReadaheadPlanned:
		values = map[string]uint64{"index": e.Args[0], "size": e.Args[1],
			"async_size": e.Args[0] + e.Args[1] - e.Args[2]}
	}
	if values == nil {
		return "", false
	}
	return trace.Format(name, func(field string) (uint64, bool) {
		v, ok := values[field]
		return v, ok
	})
}

// The bits of a page fault's error code.
// Linux: enum x86_pf_error_code (arch/x86/include/asm/trap_pf.h).
const (
	faultPresent = 1
	faultWrite   = 2
	faultUser    = 4
	faultFetch   = 16
	faultKey     = 32
)

// faultPoint is a page fault of the program's or, where the kernel copied for it, of the kernel's.
func faultPoint(e trace.Event) (name string, values map[string]uint64) {
	code := e.Args[2] & trace.FaultOnPresent // the very bit
	switch vm.Access(e.Args[1]) {
	case vm.Store:
		code |= faultWrite
	case vm.Fetch:
		code |= faultFetch
	}
	if e.Args[2]&trace.FaultByKey != 0 {
		code |= faultKey
	}
	name = "page_fault_kernel"
	if e.Args[2]&trace.FaultInKernel == 0 {
		name, code = "page_fault_user", code|faultUser
	}
	return name, map[string]uint64{"address": e.Args[0], "error_code": code}
}

// folioPoint is a folio that comes or goes: it is reported once, for its first page. Shared memory is not reported.
func (w *watch) folioPoint(e trace.Event) map[string]uint64 {
	f, ok := w.kernel.Memory.FrameAt(phys.PFN(e.Args[1]))
	if ok && f.Has(phys.Huge) {
		return map[string]uint64{"index": e.Args[0], "order": hugeOrder}
	}
	if !ok || e.Args[0]&(1<<f.Order()-1) != 0 || e.Kind == trace.CacheAdded && f.Has(phys.SwapBacked) {
		return nil
	}
	return map[string]uint64{"index": e.Args[0], "order": uint64(f.Order())}
}

// hugeOrder is the order of a huge page's folio, as tracepoints have it.
const hugeOrder = 9
