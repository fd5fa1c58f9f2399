package main

import (
	"bytes"
	"strings"
	"testing"

	"vmsim/syscalls/host"
)

func TestDoctorNamesWhatIsInTheWayAndWhatChangesIt(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out}
	a.settings([]host.Setting{
		{Name: "page size", Here: "4096", Model: "4096"},
		{Name: "vm.overcommit_memory", Here: "1", Model: "0 or 1"},
		{Name: "vm.legacy_va_layout", Here: "1", Model: "0", InTheWay: true, Fix: "sysctl vm.legacy_va_layout=0"},
	})
	for _, want := range []string{"(in the way)\n", "sysctl vm.legacy_va_layout=0\n", "1 setting of this machine",
		host.AnyKernel + "=1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "(differs)") {
		t.Errorf("a value that the model takes on differs:\n%s", out.String())
	}
}
