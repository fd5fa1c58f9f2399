package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/host"
)

// jsonRun is a command line that prints JSON, with the heading of its table in docs/json.md.
type jsonRun struct {
	heading, line, in string
	kernel            bool // it runs this Linux, too
}

var jsonRuns = []jsonRun{
	{"run, record", "run --json docs/examples/readahead.vms", "", false},
	{"run, record", "run --json --show all -", everyField, false},
	{"demo", "demo --json", "", false},
	{"claims", "claims --json", "", false},
	{"compare", "compare --model --json read mmap docs/examples/repeated.vms", "", false},
	{"sim", "sim --json zipf:500,20 --policy lru,opt --size 10", "", false},
	{"crash", "crash --json docs/examples/crash-append.vms", "", false},
	{"crash", "crash --json -", losing, false},
	{"export --jsonl", "export --jsonl docs/examples/cow.vms", "", false},
	{"the prompt", "prompt docs/examples/cow.vms", ".mode json\ncontinue\n" + everyView, false},
	{"why", "prompt docs/examples/cow.vms", ".mode json\ncontinue\nwhy fault\nwhy pte p\n", false},
	{"doctor", "doctor --json", "", false},
	{"diff", "diff --json docs/examples/cow.vms", "", true},
	{"diff", "diff --json -", "f = openat(AT_FDCWD, \"/proc/self/maps\", O_RDONLY)\n", true},
	{"run, record", "record --json docs/examples/cow.vms", "", true},
	{"compare", "compare --json --counts read mmap docs/examples/repeated.vms", "", true},
	{"fuzz", "fuzz --json --for 1s", "", true},
	{"bench", "bench --quick --json --only load-hit", "", true},
}

const (
	everyField = "fd = openat(AT_FDCWD, \"/data/x\", 0)\np = mmap(NULL, 8192, PROT_READ|PROT_WRITE, " +
		"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 1\n*8\nmincore(p, 8192, scratch)\np[0:4]\n.expect minflt == 100\n"
	losing = ".machine fs=ext4\n.file /data/a 4096\n.invariant bytes(\"/data/a\", 0, 1) == \"x\"\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\npwrite64(fd, \"x\", 1, 0)\n"
)

var everyView = "info " + strings.Join(strings.Fields("maps smaps pt pagecache lru dirty swap rmap copies faults io "+
	"tlb vmstat meminfo disk procs"), "\ninfo ") + "\nwalk p\n"

// jsonFields are the tables of docs/json.md: for each heading the type of each field.
func jsonFields(t *testing.T) map[string]map[string]string {
	text, err := os.ReadFile("docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, heading := map[string]map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(h)
			tables[heading] = map[string]string{}
		}
		cells := strings.Split(line, "|")
		if len(cells) == 5 && cells[1] != " field " && cells[1] != "---" {
			tables[heading][strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	return tables
}

// untrue are the fields of a JSON value that the table does not have, has with another type, or has and misses.
func untrue(table map[string]string, path string, v any) (faults []string) {
	kind, known := table[path]
	fields, isObject := v.(map[string]any)
	if isObject && !known {
		return untrueFields(table, path, fields) // an element of a list, or the whole
	}
	if !known {
		return []string{path + ": not in the table"}
	}
	want, is := strings.TrimSuffix(kind, "?"), "null"
	switch v := v.(type) {
	case string:
		is = "string"
	case bool:
		is = "bool"
	case float64:
		is = "number"
	case []any:
		is = "list"
		for _, x := range v {
			faults = append(faults, untrue(table, path+"[]", x)...)
		}
	case map[string]any:
		if is = "object"; strings.HasPrefix(want, "map ") {
			return nil
		}
		faults = untrueFields(table, path, v)
	}
	if !slices.Contains(strings.Split(want, " or "), is) {
		faults = append(faults, fmt.Sprintf("%s is a %s, and a %s in the table", path, is, want))
	}
	return faults
}

func untrueFields(table map[string]string, path string, v map[string]any) (faults []string) {
	below := path
	if below != "" {
		below += "."
	}
	for name, x := range v {
		faults = append(faults, untrue(table, below+name, x)...)
	}
	for field, kind := range table {
		name, mine := strings.CutPrefix(field, below)
		if _, there := v[name]; mine && !there && !strings.ContainsAny(name, ".[") && !strings.HasSuffix(kind, "?") {
			faults = append(faults, field+" is missing")
		}
	}
	return faults
}

func TestEachFieldOfJSONIsInItsTable(t *testing.T) {
	tables := jsonFields(t)
	seen := map[string]bool{}
	for _, c := range jsonRuns {
		if _, err := host.New(); c.kernel && err != nil {
			t.Log(err)
			continue
		}
		var out, errs bytes.Buffer
		a := &app{in: strings.NewReader(c.in), out: &out, err: &errs}
		a.main(strings.Fields(c.line))
		lines := 0
		for line := range strings.Lines(out.String()) {
			if !strings.HasPrefix(line, "{") {
				continue
			}
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%s: %v in %s", c.line, err, line)
			}
			lines++
			for _, f := range untrue(tables[c.heading], "", v) {
				t.Errorf("%s: %s", c.line, f)
			}
		}
		if lines == 0 {
			t.Errorf("%s prints no JSON: %s", c.line, errs.String())
		}
		seen[c.heading] = true
	}
	for heading := range tables {
		if !seen[heading] && !slices.Contains([]string{"diff", "fuzz", "bench"}, heading) {
			t.Errorf("no command is run for the table of %s", heading)
		}
	}
	for _, c := range commands {
		_, has := c.flagNamed("json")
		named := slices.ContainsFunc(jsonRuns, func(r jsonRun) bool {
			return strings.HasPrefix(r.line, c.name+" ")
		})
		if has && !named {
			t.Errorf("vmsim %s --json is in no table of docs/json.md", c.name)
		}
	}
}

func TestViewsOfProcFilesAreRowsInJSON(t *testing.T) {
	var out bytes.Buffer
	a := &app{in: strings.NewReader(".mode json\ncontinue\n" + everyView), out: &out, err: &out}
	a.main([]string{"prompt", "docs/examples/cow.vms"})
	for _, want := range []string{`{"device":"00:00","from":"0x00403000","inode":0,"offset":"0x00000000",`,
		`"Rss":`, `"VmFlags":"rd`, `{"name":"pgfault","value":`, `{"name":"MemTotal","unit":"kB","value":`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}
