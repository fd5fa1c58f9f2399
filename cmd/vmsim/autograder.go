package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"vmsim/syscalls/exercise"
)

// What Gradescope runs in its container: setup.sh once, when the archive comes in, and run_autograder for each
// submission, which it puts into /autograder/submission.
//
// setup.sh grades the reference: that compiles the model, so that no submission waits for it, and shows that the
// archive works, before a student sees it.
const (
	setupScript = `#!/usr/bin/env bash
set -euo pipefail
version=$(sed -n 's/^go //p' /autograder/source/vmsim/go.mod)
curl -fsSL "https://go.dev/dl/go$version.linux-amd64.tar.gz" | tar -C /usr/local -xz
export PATH=$PATH:/usr/local/go/bin HOME=/root CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"
cd /autograder/source/vmsim
go mod download
go build -o /usr/local/bin/vmsim ./cmd/vmsim
vmsim grade --source . --exercise /autograder/source/exercise --submission /autograder/source/exercise/_reference
`
	runScript = `#!/usr/bin/env bash
export PATH=$PATH:/usr/local/go/bin HOME=/root
vmsim grade --source /autograder/source/vmsim --exercise /autograder/source/exercise \
	--submission /autograder/submission --format gradescope -o /autograder/results/results.json
true # points that are missing are in the result
`
)

// autograder writes the archive of an autograder: the scripts, the exercise and vmsim's source.
func (a *app) autograder(f *flags, x *exercise.Exercise) int {
	source, err := sourceFolder(f.set["source"])
	if err != nil {
		return a.fail(err)
	}
	if err := writeAutograder(f.set["zip"], x, source); err != nil {
		os.Remove(f.set["zip"])
		return a.fail(err)
	}
	fmt.Fprintf(a.out, "%s: upload it as the autograder of an assignment.\n", filepath.Base(f.set["zip"]))
	return exitFine
}

// writeAutograder writes the archive: the scripts, the exercise and vmsim's source.
func writeAutograder(name string, x *exercise.Exercise, source string) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	z := zip.NewWriter(out)
	err = first(
		addFile(z, "setup.sh", []byte(setupScript)),
		addFile(z, "run_autograder", []byte(runScript)),
		addTree(z, "exercise", x.Files),
		addTree(z, "vmsim", os.DirFS(source)),
	)
	return first(err, z.Close(), out.Close())
}

// addFile adds a script to an archive.
func addFile(z *zip.Writer, name string, text []byte) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o755)
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// addTree adds a folder to an archive, without what version control and tests have put there.
func addTree(z *zip.Writer, to string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata"):
			return fs.SkipDir
		case !d.Type().IsRegular(), strings.HasPrefix(base, "."):
			return nil
		case to == "vmsim" && strings.HasSuffix(base, "_test.go") && !strings.Contains(name, "/_"):
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return addFile(z, path.Join(to, name), text)
	})
}
