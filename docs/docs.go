// Package docs is the project's documents as the commands carry them: the programs under examples and claims, so that
// they run where the source is not.
//
// A claim is a program whose leading comment says what popular accounts say, whether that is so, and what to say
// instead. The other documents are generated: go test ./cmd/vmsim -update writes them anew.
package docs

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// programs are the .vms files, by their path below this folder.
//
//go:embed claims/*.vms examples/*.vms mutants/*.vms
var programs embed.FS

// exercises are the folders of exercises, with what students do not get.
//
//go:embed all:exercises
var exercises embed.FS

// Exercises are the folders of the exercises: a folder each.
func Exercises() fs.FS {
	sub, err := fs.Sub(exercises, "exercises")
	if err != nil {
		panic("docs.Exercises: " + err.Error())
	}
	return sub
}

// Language is docs/language.md: the language that programs are written in.
//
//go:embed language.md
var Language string

// Program is the text of docs/examples/NAME.vms or docs/claims/NAME.vms, by its path from the top of the project.
// NAME.vms alone is an example.
func Program(file string) (text string, ok bool) {
	file = strings.TrimPrefix(path.Clean(file), "docs/")
	if !strings.Contains(file, "/") {
		file = "examples/" + file
	}
	b, err := programs.ReadFile(file)
	return string(b), err == nil
}

// Programs are the paths of the programs of a folder, claims or examples, in order.
func Programs(folder string) []string {
	entries, err := fs.ReadDir(programs, folder)
	if err != nil {
		panic("docs.Programs: " + err.Error())
	}
	files := make([]string, len(entries))
	for i, e := range entries {
		files[i] = path.Join("docs", folder, e.Name())
	}
	return files
}
