package disk

import "time"

// Profile is how fast a device is. It decides only when requests are complete. A device without Parallel serves one
// request at a time, in the order of submission; one with it serves each as if it were alone.
// Linux: none; the device.
type Profile struct {
	Name     string
	Command  time.Duration // from the request to the first byte
	Seek     time.Duration // for the arm to cross the whole disk; 0 for a device without one
	Rotation time.Duration // half a turn
	PerBlock time.Duration // to move one block
	Parallel bool          // requests do not wait for each other
}

// The profiles, with figures of ordinary devices of each kind.
var (
	NVMe = Profile{Name: "nvme", Command: 12 * time.Microsecond, PerBlock: 1300 * time.Nanosecond, Parallel: true}
	SSD  = Profile{Name: "ssd", Command: 70 * time.Microsecond, PerBlock: 7500 * time.Nanosecond}
	HDD  = Profile{
		Name: "hdd", Command: 200 * time.Microsecond, Seek: 9 * time.Millisecond, Rotation: 4170 * time.Microsecond,
		PerBlock: 27 * time.Microsecond,
	}
)

// Instant is a device whose requests take no time.
var Instant = Profile{Name: "instant", Parallel: true}

// ProfileNamed is the profile of that name.
func ProfileNamed(name string) (Profile, bool) {
	for _, p := range []Profile{NVMe, SSD, HDD} {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// schedule is when a request that is submitted now will be complete.
func (p Profile) schedule(d *Device, now time.Duration, r Request) time.Duration {
	begin := now
	if !p.Parallel {
		// d.free is when the request before it is complete.
		begin = max(now, d.free)
	}
	cost := p.Command + time.Duration(r.Blocks())*p.PerBlock
	if p.Seek > 0 && r.Op != Flush && r.Block != d.head {
		far := max(r.Block, d.head) - min(r.Block, d.head)
		// The arm starts and stops: a third of the seek is there for any distance.
		cost += p.Rotation + p.Seek/3 + time.Duration(float64(p.Seek)*2/3*float64(far)/float64(d.blocks))
	}
	// The arm is left where the transfer has ended. A sequential reader therefore pays no seek.
	if r.Op != Flush {
		d.head = r.Block + Block(r.Blocks())
	}
	d.free = begin + cost
	return d.free
}
