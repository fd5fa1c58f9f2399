package profile

// since619 are the rules that came with 6.19 and later: the default profile lacks them.
var since619 = map[Rule]Change{
	ExecSealBusy: {
		Name: "F_SEAL_EXEC minds who may write", Since: Release{7, 1, 0},
		Backports: []Release{{6, 12, 118}, {6, 18, 44}, {7, 0, 13}},
		By:        "memfd: the seals that F_SEAL_EXEC implies",
		Says: "F_SEAL_EXEC of a file that may be executed seals it against writing as F_SEAL_WRITE does: it is EBUSY " +
			"where a shared mapping may be written to. Before, it is not, and that mapping still can be.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nftruncate(fd, PAGE)\n" +
			"mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0)\nfcntl(fd, F_ADD_SEALS, F_SEAL_EXEC)\n",
	},
	DontUnmapApart: {
		Name: "what MREMAP_DONTUNMAP leaves is an area of its own", Since: Release{7, 2, 0},
		Backports: []Release{{6, 1, 192}, {6, 12, 118}},
		By:        "mm/mremap: the range that MREMAP_DONTUNMAP leaves",
		Says: "MREMAP_DONTUNMAP unlocks the old range alone, and what it makes does not become part of the area that it moved from. " +
			"Before, it unlocks all of the area that the range is of.",
		Example: "p = mmap(NULL, 4*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mlock(p, 4*PAGE)\nmremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, 0)\n",
		Shows: "maps",
	},
	NoKeysWithoutKeys: {
		Name: "no protection keys on processors without them", Since: Release{7, 2, 0},
		Backports: []Release{{6, 1, 192}, {6, 12, 118}},
		By:        "x86/pkeys: key 0 is taken on processors without protection keys too",
		Says: "pkey_alloc is ENOSPC on a processor without protection keys. Before, the first call of a " +
			"process is EINVAL.",
		Example: "pkey_alloc(0, 0)\n",
	},
	NothingHasNoLimit: {
		Name: "copying nothing has no limit", Since: Release{7, 3, 0},
		Backports: []Release{{5, 10, 262}, {6, 1, 192}, {6, 12, 118}},
		By:        "fs: copy_file_range() of nothing",
		Says: "copy_file_range from the end of a file is 0 wherever it would go. Before, it is EFBIG where that lies beyond " +
			"RLIMIT_FSIZE or the largest file.",
		Example: "a = memfd_create(\"a\", 0)\nb = memfd_create(\"b\", 0)\ncopy_file_range(a, NULL, b, [0x7fffffffffffffff], 0, 0)\n",
	},
}
