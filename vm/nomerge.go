package vm

// refusal is why two adjacent areas do not merge.
type refusal uint8

const (
	flagsDiffer refusal = iota
	backingDiffers
	handlersDiffer
	namesDiffer
	offsetJumps
	anonDiffers
	policyRefuses
)

// refusals are the texts for people: for the area below the range, and for the one above.
var refusals = [...][2]string{
	flagsDiffer:    {"the area below has other flags", "the area above has other flags"},
	backingDiffers: {"the area below has another backing", "the area above has another backing"},
	handlersDiffer: {
		"the area below is registered with another userfaultfd, or with none",
		"the area above is registered with another userfaultfd, or with none",
	},
	namesDiffer: {"the area below has another name", "the area above has another name"},
	offsetJumps: {"its pages do not follow on those of the area below",
		"the pages of the area above do not follow on its own"},
	anonDiffers: {
		"its anon_vma and that of the area below cannot be one",
		"its anon_vma and that of the area above cannot be one",
	},
	policyRefuses: {
		"the merging policy keeps the area below apart",
		"the merging policy keeps the area above apart",
	},
}

// refuse logs why the range does not merge with a, and in which flags they differ.
func (p *proposal) refuse(a *Area, differ Flags, why refusal) {
	side := 0
	if a.Start >= p.end {
		side = 1
	}
	stepMergeRefused(p.space.Log, p.start, p.end, differ, refusals[why][side])
}
