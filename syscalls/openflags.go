package syscalls

import "vmsim/pagecache"

// OpenFlags are how a file is opened.
// Linux: O_* (include/uapi/asm-generic/fcntl.h).
type OpenFlags uint64

// The flags of open.
const (
	OpenReadOnly  OpenFlags = 0
	OpenWriteOnly OpenFlags = 1
	OpenReadWrite OpenFlags = 2
	OpenAccess    OpenFlags = 3
	OpenCreate    OpenFlags = 0o100
	OpenExclusive OpenFlags = 0o200
	OpenTruncate  OpenFlags = 0o1000
	OpenAppend    OpenFlags = 0o2000
	OpenNonblock  OpenFlags = 0o4000
	OpenDSync     OpenFlags = 0o10000
	OpenDirect    OpenFlags = 0o40000
	OpenLargeFile OpenFlags = 0o100000
	OpenDirectory OpenFlags = 0o200000
	OpenNoFollow  OpenFlags = 0o400000
	OpenNoAtime   OpenFlags = pagecache.NoAccessTime
	OpenCloseExec OpenFlags = 0o2000000
	OpenSync      OpenFlags = 0o4010000
	OpenPath      OpenFlags = 0o10000000
	OpenTmpfile   OpenFlags = 0o20200000

	openNoTTY      OpenFlags = 0o400
	openAsync      OpenFlags = 0o20000
	openSyncBit    OpenFlags = 0o4000000
	openTmpfileBit OpenFlags = 0o20000000

	openValid = OpenAccess | OpenCreate | OpenExclusive | openNoTTY | OpenTruncate | OpenAppend | OpenNonblock |
		OpenSync | openAsync |
		OpenDirect | OpenLargeFile | OpenDirectory | OpenNoFollow | OpenNoAtime | OpenCloseExec | OpenPath |
		openTmpfileBit
)

// mode is what the open file may be used for.
func (f OpenFlags) mode() pagecache.OpenMode {
	if f&OpenPath != 0 {
		return pagecache.ModePath
	}
	m := [...]pagecache.OpenMode{pagecache.ModeRead, pagecache.ModeWrite, pagecache.ModeRead | pagecache.ModeWrite,
		0}[f&OpenAccess]
	for _, b := range [...]struct {
		flag OpenFlags
		mode pagecache.OpenMode
	}{{OpenAppend, pagecache.ModeAppend}, {OpenDirect, pagecache.ModeDirect}, {OpenSync, pagecache.ModeSync},
		{OpenDSync, pagecache.ModeDSync}} {
		if f&b.flag == b.flag {
			m |= b.mode
		}
	}
	return m
}
