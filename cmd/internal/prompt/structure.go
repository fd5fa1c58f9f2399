package prompt

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	areaLine    = regexp.MustCompile(`^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)$`)
	keyLine     = regexp.MustCompile(`^([A-Za-z][\w()]*): *(.*?)(?: (kB))?$`)
	counterLine = regexp.MustCompile(`^(\w+) (\d+)$`)
)

// structured is the text of a file of /proc as rows: an area each of maps and smaps, a line each of the others. What is
// no such line comes back as notes.
func structured(text string) (rows []map[string]any, notes []string) {
	inArea := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		area, key, counter := areaLine.FindStringSubmatch(line), keyLine.FindStringSubmatch(line),
			counterLine.FindStringSubmatch(line)
		switch {
		case area != nil:
			rows, inArea = append(rows, areaObject(area)), true
		case key != nil && inArea:
			rows[len(rows)-1][key[1]] = number(key[2])
		case key != nil:
			rows = append(rows, keyObject(key))
		case counter != nil:
			rows = append(rows, map[string]any{"name": counter[1], "value": number(counter[2])})
		case line != "":
			notes = append(notes, line)
		}
	}
	return rows, notes
}

// keyObject is a line of a name and a value as an object; key has what keyLine found in it.
func keyObject(key []string) map[string]any {
	row := map[string]any{"name": key[1], "value": number(key[2])}
	if key[3] != "" {
		row["unit"] = key[3]
	}
	return row
}

// areaObject is a line of maps as an object; area has what areaLine found in it.
func areaObject(area []string) map[string]any {
	inode, _ := strconv.ParseUint(area[6], 10, 64)
	row := map[string]any{"from": "0x" + area[1], "to": "0x" + area[2], "permissions": area[3],
		"offset": "0x" + area[4], "device": area[5], "inode": inode}
	if area[7] != "" {
		row["name"] = area[7]
	}
	return row
}

// number is a text as a number where it is one.
func number(text string) any {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n
	}
	return strings.TrimSpace(text)
}
