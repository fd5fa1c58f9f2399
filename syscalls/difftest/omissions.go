package difftest

// Omission is something that a statement shows and that is not compared, since it is no fact of Linux.
type Omission struct {
	Name    string // a few words
	Kernel  string // what decides it
	Model   string // what the model does, and what is compared none the less
	Why     string // why it is left out
	Example string // a program that shows it: the suite runs it, and fails where nothing is left out
}

// Omissions are the entries of docs/differences.md between Rules and NotCompared.
var Omissions = []Omission{
	{
		Name: "bytes that the processor decides",
		Kernel: "A read or a write whose two ends are different addresses of one frame copies a page onto itself:" +
			" pwrite64 from a mapping of the page that it writes to, pread64 into one, and so with readv, " +
			"writev and their relatives. The kernel copies from the lowest byte up, but the processor loads " +
			"several bytes before it stores them, without seeing that it is one frame: up to 64 with rep " +
			"movsb (FSRM; ERMS from 64 bytes on), as its microcode likes, else words of 8 and what is left " +
			"over byte by byte (copy_user_generic, arch/x86/include/asm/uaccess_64.h; rep_movs_alternative, " +
			"arch/x86/lib/copy_user_64.S). A processor without ERMS copies the first word of 64 or more " +
			"bytes, and then goes on at the next multiple of 8 of the destination, so that up to 7 bytes are " +
			"copied twice. sendfile within a page copies from one address of the kernel's to another, which a" +
			" processor without FSRM does 32 bytes at a time, for some addresses from the end (memcpy_orig, " +
			"arch/x86/lib/memcpy_64.S).",
		Model: "The bytes are those that one byte at a time leaves, and those that another step would leave " +
			"otherwise are undetermined: the source was stored to by the same copy, as one of the 63 bytes " +
			"before, and that byte had another value until then or was undetermined itself; one of the first " +
			"7 of 64 or more bytes, where it is copied a second time and its source is not what it was; and " +
			"with sendfile what byte by byte, words and memcpy_orig do not agree on. Whatever is copied from " +
			"such a byte is undetermined too, through memory, page cache, swap and disk, until something else" +
			" is stored there. It prints as ?, and ?? in data lines. All other bytes are compared: of a sum " +
			"(sha1) that contains such a byte, the sum of the others, and where a recording has only the sum " +
			"of all, nothing of that line. A call that takes one for its argument ends the comparison.",
		Why: "Two processors leave different bytes under the same kernel: AMD's Zen 4 goes byte by byte, Zen 5" +
			" does not, and without FSRM short copies go word by word.",
		Example: ".file /data/b 5000\n" +
			"fd = openat(AT_FDCWD, \"/data/b\", O_RDWR)\n" +
			"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n" +
			"p[0:8] = \"abcdefgh\"\n" +
			"pwrite64(fd, p, 6, 2)\n" +
			"p[0:10]\n" +
			"pread64(fd, scratch, 12, 0)\n",
	},
}
