package difftest

import (
	"fmt"
	"slices"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// guest is the model on a machine of its own, in the place of the real kernel.
type guest struct {
	*model.Machine
	settings []script.Setting
}

func (g guest) Setup(c run.Config) error {
	c.Settings = append(slices.Clone(g.settings), c.Settings...)
	return g.Machine.Setup(c)
}

// TestLabFindsOutWhatTheKernelsSideMayDo lets the model stand for a kernel whose programs lack this or that.
func TestLabFindsOutWhatTheKernelsSideMayDo(t *testing.T) {
	machines := [][]script.Setting{nil, {{Name: "user", Value: "nobody"}},
		{{Name: "zero_page", Value: "off"}, {Name: "sys_nice", Value: "off"}},
		{{Name: "limits", Value: "RLIMIT_CORE:0:0,RLIMIT_NOFILE:1024:524288"}}}
	for _, c := range capabilityProbes {
		machines = append(machines, []script.Setting{{Name: c.setting, Value: "off"}})
	}
	for _, settings := range machines {
		t.Run(fmt.Sprint(settings), func(t *testing.T) {
			lab, err := NewLab(guest{model.New(), settings}, model.New())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(lab.Settings, settings) {
				t.Errorf("it was taken for %v", lab.Settings)
			}
		})
	}
}

// TestLabFindsOutBelowWhatNothingIsMapped is for kernels with another vm.mmap_min_addr.
func TestLabFindsOutBelowWhatNothingIsMapped(t *testing.T) {
	for _, knob := range []string{"8192", "65536", "131072"} {
		kernel := guest{model.New(), []script.Setting{{Name: "user", Value: "nobody"},
			{Name: "vm.mmap_min_addr", Value: knob}}}
		lab, err := NewLab(kernel, model.New())
		if err != nil {
			t.Fatal(err)
		}
		if want := []script.Setting{{Name: "vm.mmap_min_addr", Value: knob}}; !slices.Equal(lab.knobs, want) {
			t.Errorf("found %v, not %v", lab.knobs, want)
		}
	}
}

// tuned is a guest whose kernel has numbers of its own in /proc/sys.
type tuned struct{ guest }

func (tuned) Knobs() []script.Setting { return []script.Setting{{Name: "fs.nr_open", Value: "2048"}} }

func TestModelTakesOnTheKernelsNumbers(t *testing.T) {
	kernel := tuned{guest{model.New(), []script.Setting{{Name: "fs.nr_open", Value: "2048"}}}}
	lab, err := NewLab(kernel, model.New())
	if err != nil {
		t.Fatal(err)
	}
	const program = "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=10, rlim_max=4096}, NULL)\n" +
		"prlimit64(0, RLIMIT_NOFILE, {rlim_cur=10, rlim_max=2048}, NULL)\n"
	prog := scripttest.Parse(t, "files", program)
	w, err := lab.Compare(prog, HostAddresses, nil)
	if err != nil || w.Statements != 2 || len(w.Differences) > 0 {
		t.Errorf("%v: %d statements, differences %v", err, w.Statements, w.Differences)
	}
}
