package prompt

import (
	"strconv"
	"strings"
)

// structured is the text of a file of /proc as rows: an area each of maps and smaps, a line each of the others. What is
// no such line comes back as notes.
func structured(text string) (rows []map[string]any, notes []string) {
	inArea := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		area, key, counter := areaObject(line), keyObject(line), counterObject(line)
		switch {
		case area != nil:
			rows, inArea = append(rows, area), true
		case key != nil && inArea:
			rows[len(rows)-1][key["name"].(string)] = key["value"]
		case key != nil:
			rows = append(rows, key)
		case counter != nil:
			rows = append(rows, counter)
		case line != "":
			notes = append(notes, line)
		}
	}
	return rows, notes
}

// keyObject is a line of a name, a colon and a value as an object; nil for any other line.
func keyObject(line string) map[string]any {
	name, value, found := strings.Cut(line, ":")
	if !found || name == "" || strings.Trim(name, "()_"+letters+digits) != "" ||
		!strings.Contains(letters, name[:1]) {
		return nil
	}
	value, inKB := strings.CutSuffix(value, " kB")
	row := map[string]any{"name": name, "value": number(strings.TrimLeft(value, " "))}
	if inKB {
		row["unit"] = "kB"
	}
	return row
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// counterObject is a line of a name and a number as an object; nil for any other line.
func counterObject(line string) map[string]any {
	name, value, found := strings.Cut(line, " ")
	if !found || name == "" || value == "" || strings.Trim(name, "_"+letters+digits) != "" ||
		strings.Trim(value, digits) != "" {
		return nil
	}
	return map[string]any{"name": name, "value": number(value)}
}

// areaObject is a line of maps as an object; nil for any other line.
func areaObject(line string) map[string]any {
	from, rest, found := strings.Cut(line, "-")
	fields := strings.SplitN(rest, " ", 6)
	if !found || len(fields) < 5 || len(fields[1]) != 4 {
		return nil
	}
	if _, err := strconv.ParseUint(from, 16, 64); err != nil {
		return nil
	}
	inode, err := strconv.ParseUint(fields[4], 10, 64)
	if err != nil {
		return nil
	}
	row := map[string]any{"from": "0x" + from, "to": "0x" + fields[0], "permissions": fields[1],
		"offset": "0x" + fields[2], "device": fields[3], "inode": inode}
	if len(fields) == 6 {
		if name := strings.TrimLeft(fields[5], " "); name != "" {
			row["name"] = name
		}
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
