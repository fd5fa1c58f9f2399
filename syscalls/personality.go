package syscalls

// Personality selects older behaviour of the kernel for a process.
// Linux: personality of struct task_struct; the flags in include/uapi/linux/personality.h.
type Personality uint32

// The flags that concern memory.
const (
	AddrNoRandomize Personality = 0x0040000
	MmapPageZero    Personality = 0x0100000 // execve maps the page at address 0
	AddrCompat      Personality = 0x0200000 // execve lays out the mapping area from the bottom up
	ReadImpliesExec Personality = 0x0400000 // what may be read may be executed

	askPersonality Personality = 0xffffffff
)

// SetPersonality sets the personality, where it is not 0xffffffff, and returns what it was.
// Linux: sys_personality (kernel/exec_domain.c).
func (p *Process) SetPersonality(to Personality) Personality {
	p.enter(SysPersonality)
	old := p.personality
	if to != askPersonality {
		p.personality = to
	}
	return old
}
