package script

import (
	"fmt"
	"strings"

	"vmsim/syscalls"
)

// What ioctl's last argument points to depends on the request. Those of a userfaultfd are structures, of which the
// kernel reads the first members and stores the rest:
//
//	ioctl(3, UFFDIO_API, {api=0xaa, features=0 => features=…, ioctls=…}) = 0
//	ioctl(3, UFFDIO_COPY, {dst=0x7ffff7ff5000, src=0x7ffff7ff3000, len=0x1000, mode=0, copy=0x1000}) = 0

// requestParams are the kinds of ioctl's last argument by request; of all others it is an int.
var requestParams = map[syscalls.Request]ParamKind{
	syscalls.RequestUserfaultAPI: UserfaultAPIParam,
	syscalls.RequestRegister:     RegisterParam,
	syscalls.RequestUnregister:   RangeParam,
	syscalls.RequestWake:         RangeParam,
	syscalls.RequestCopy:         GiveCopyParam,
	syscalls.RequestZeroPage:     GiveZerosParam,
	syscalls.RequestMove:         GiveMovedParam,
	syscalls.RequestWriteProtect: WriteProtectParam,
	syscalls.RequestContinue:     GiveCachedParam,
	syscalls.RequestPoison:       GivePoisonParam,
}

// requestRows are the specs of ioctl by those requests.
var requestRows = makeRequestRows()

func makeRequestRows() map[syscalls.Request]*CallSpec {
	m := map[syscalls.Request]*CallSpec{}
	for request, kind := range requestParams {
		r := *rowsByName["ioctl"]
		last := len(r.Params) - 1
		r.Params = append(append([]Param(nil), r.Params[:last]...), Param{Name: r.Params[last].Name, Kind: kind})
		r.kinds = append(append([]ParamKind(nil), r.kinds[:last]...), kind)
		m[request] = &r
	}
	return m
}

// OfRequest is the spec of an ioctl with that request.
func (r *CallSpec) OfRequest(request uint64) *CallSpec {
	if of, ok := requestRows[syscalls.Request(uint32(request))]; ok {
		return of
	}
	return r
}

var userfaultFlags = flagSet{bits: []flagName{
	{"UFFD_USER_MODE_ONLY", 1, "The kernel's own accesses to such pages fail; no capability is needed."},
	{"O_NONBLOCK", 0o4000, "A read does not wait for a fault: EAGAIN instead."},
	{"O_CLOEXEC", 0o2000000, "The descriptor is closed by execve."}}}

var userfaultFeatures = flagSet{bits: []flagName{
	{"UFFD_FEATURE_PAGEFAULT_FLAG_WP", 1 << 0, "Stores to protected pages can be handled."},
	{"UFFD_FEATURE_EVENT_FORK", 1 << 1, ""}, {"UFFD_FEATURE_EVENT_REMAP", 1 << 2, ""},
	{"UFFD_FEATURE_EVENT_REMOVE", 1 << 3, ""}, {"UFFD_FEATURE_MISSING_HUGETLBFS", 1 << 4, ""},
	{"UFFD_FEATURE_MISSING_SHMEM", 1 << 5, ""}, {"UFFD_FEATURE_EVENT_UNMAP", 1 << 6, ""},
	{"UFFD_FEATURE_SIGBUS", 1 << 7, "An access does not wait until its fault is handled: it gets SIGBUS."},
	{"UFFD_FEATURE_THREAD_ID", 1 << 8, ""}, {"UFFD_FEATURE_MINOR_HUGETLBFS", 1 << 9, ""},
	{"UFFD_FEATURE_MINOR_SHMEM", 1 << 10, ""}, {"UFFD_FEATURE_EXACT_ADDRESS", 1 << 11, ""},
	{"UFFD_FEATURE_WP_HUGETLBFS_SHMEM", 1 << 12, ""},
	{"UFFD_FEATURE_WP_UNPOPULATED", 1 << 13, "UFFDIO_WRITEPROTECT reaches anonymous pages that are not there yet."},
	{"UFFD_FEATURE_POISON", 1 << 14, ""},
	{"UFFD_FEATURE_WP_ASYNC", 1 << 15, "The kernel itself ends the protection of a page at the first store to it."},
	{"UFFD_FEATURE_MOVE", 1 << 16, ""}, {"UFFD_FEATURE_RWP", 1 << 17, "Loads of protected pages can be handled too."},
	{"UFFD_FEATURE_RWP_ASYNC", 1 << 18, ""}}}

var registerModes = flagSet{bits: []flagName{
	{"UFFDIO_REGISTER_MODE_MISSING", 1, "Faults on pages that are not there are left to the program."},
	{"UFFDIO_REGISTER_MODE_WP", 2, "Stores to pages that UFFDIO_WRITEPROTECT has protected are left to the program."},
	{"UFFDIO_REGISTER_MODE_MINOR", 4,
		"Faults on pages that the page cache has and the page table has not are left to the program."}}}

const dontWake = "Accesses that wait for the pages are not woken."

var (
	copyModes = flagSet{bits: []flagName{{"UFFDIO_COPY_MODE_DONTWAKE", 1, dontWake},
		{"UFFDIO_COPY_MODE_WP", 2, "The page is write-protected at once."}}}
	zeroModes     = flagSet{bits: []flagName{{"UFFDIO_ZEROPAGE_MODE_DONTWAKE", 1, dontWake}}}
	continueModes = flagSet{bits: []flagName{{"UFFDIO_CONTINUE_MODE_DONTWAKE", 1, dontWake},
		{"UFFDIO_CONTINUE_MODE_WP", 2, "The page is write-protected at once."}}}
	poisonModes = flagSet{bits: []flagName{{"UFFDIO_POISON_MODE_DONTWAKE", 1, dontWake}}}
	writeModes  = flagSet{bits: []flagName{
		{"UFFDIO_WRITEPROTECT_MODE_WP", 1, "Stores to the pages are left to the program from now on."},
		{"UFFDIO_WRITEPROTECT_MODE_DONTWAKE", 2, dontWake}}}
	moveModes = flagSet{bits: []flagName{{"UFFDIO_MOVE_MODE_DONTWAKE", 1, dontWake},
		{"UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES", 2, "A hole among the pages is no error."}}}
)

// userfaultNumbers are the numbers of a userfaultfd's requests, by which its answers name them.
var userfaultNumbers = flagSet{enum: true, field: []flagName{{"_UFFDIO_REGISTER", 0, ""}, {"_UFFDIO_UNREGISTER", 1, ""},
	{"_UFFDIO_WAKE", 2, ""}, {"_UFFDIO_COPY", 3, ""}, {"_UFFDIO_ZEROPAGE", 4, ""}, {"_UFFDIO_MOVE", 5, ""},
	{"_UFFDIO_WRITEPROTECT", 6, ""}, {"_UFFDIO_CONTINUE", 7, ""}, {"_UFFDIO_POISON", 8, ""},
	{"_UFFDIO_RWPROTECT", 9, ""}, {"_UFFDIO_SET_MODE", 0xa, ""},
	{"_UFFDIO_API", 0x3f, ""}}, also: []flagName{{"UFFD_API", 0xaa, ""}}}

// modeNames are the names of a mode by the structure that has it.
var modeNames = map[ParamKind]*flagSet{RegisterParam: &registerModes, GiveCopyParam: &copyModes,
	GiveZerosParam: &zeroModes, GiveMovedParam: &moveModes, WriteProtectParam: &writeModes,
	GiveCachedParam: &continueModes, GivePoisonParam: &poisonModes}

// FormatMember is a member of such a structure as strace prints it.
func FormatMember(of ParamKind, member string, v uint64) string {
	if set, ok := modeNames[of]; ok && member == "mode" {
		return set.Format(v)
	}
	if of == GiveStackParam {
		return FormatStack(member, v)
	}
	return FormatUserfault(member, v)
}

// FormatStack is a member of a stack_t.
func FormatStack(member string, v uint64) string {
	switch member {
	case "ss_sp":
		return Param{Kind: AddrParam}.format(v)
	case "ss_flags":
		return stackFlags.Format(v)
	}
	return FormatSigned(v)
}

// FormatUserfault is a member that means the same in each structure.
func FormatUserfault(member string, v uint64) string {
	switch member {
	case "features":
		return userfaultFeatures.Format(v)
	case "ioctls":
		return formatIoctls(v)
	case "mapped", "updated":
		return FormatSigned(v)
	}
	return fmt.Sprintf("%#x", v)
}

// formatIoctls is a set of requests by their numbers.
func formatIoctls(v uint64) string {
	var names []string
	for _, f := range userfaultNumbers.field {
		if v>>f.bits&1 != 0 {
			names = append(names, "1<<"+f.name)
			v &^= 1 << f.bits
		}
	}
	if v != 0 || len(names) == 0 {
		names = append(names, fmt.Sprintf("%#x", v))
	}
	return strings.Join(names, "|")
}
