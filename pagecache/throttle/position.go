package throttle

// Position is where the dirty pages are, all counts in pages.
// Linux: struct dirty_throttle_control (mm/page-writeback.c).
type Position struct {
	Background, Threshold uint64
	Dirty                 uint64 // pages under writeback included
	Mine                  uint64 // of those, the disk's; Linux counts them apart, and a little late
	Limit                 uint64 // the threshold, or a higher one of before that still falls
	Share                 uint64 // of the threshold that the disk has
	Bandwidth             uint64 // of the disk, smoothed
}

// FreeRun is how many dirty pages slow no task.
// Linux: dirty_freerun_ceiling (mm/page-writeback.c).
func (p Position) FreeRun() uint64 { return (p.Threshold + p.Background) / 2 }

// setpoint is how many dirty pages the rates aim at.
func (p Position) setpoint() uint64 { return (p.FreeRun() + p.Limit) / 2 }

// diskSetpoint is the disk's part of the setpoint.
func (p Position) diskSetpoint() uint64 { return p.setpoint() * p.shareOfAll() >> 16 }

// shareOfAll is the disk's part of the threshold, in 65536ths.
func (p Position) shareOfAll() uint64 { return min(p.Share, p.Threshold) << 16 / (p.Threshold | 1) }

// ratio is by how much a task's rate differs from the common one, in 1024ths.
// Linux: wb_position_ratio (mm/page-writeback.c).
func (p Position) ratio() int64 {
	if p.Dirty >= p.Limit {
		return 0
	}
	ratio := polynomial(int64(p.setpoint()), int64(p.Dirty), int64(p.Limit))
	share, at := min(p.Share, p.Threshold), p.diskSetpoint()
	span := (p.Threshold - share + 8*p.Bandwidth) * p.shareOfAll() >> 16
	if none := at + span; p.Mine < none-span/4 {
		ratio = ratio * int64(none-p.Mine) / int64(span|1)
	} else {
		ratio /= 4
	}
	if half := share / 2; p.Mine < half { // the disk is about to have nothing to do
		if p.Mine > half/8 {
			ratio = ratio * int64(half) / int64(p.Mine)
		} else {
			ratio *= 8
		}
	}
	return ratio
}

// polynomial is 2 where no task is slowed yet, 1 at the setpoint and 0 at the limit, in 1024ths: flat around the
// setpoint, steep at the ends.
// Linux: pos_ratio_polynom (mm/page-writeback.c).
func polynomial(setpoint, dirty, limit int64) int64 {
	x := (setpoint - dirty) << ratioBits / ((limit - setpoint) | 1)
	y := x * x >> ratioBits * x >> ratioBits
	return min(max(y+1<<ratioBits, 0), 2<<ratioBits)
}
