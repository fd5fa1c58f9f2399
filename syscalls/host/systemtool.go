//go:build linux && amd64

package host

import (
	"fmt"
	"os/exec"
)

// sbin are the folders of tools that root uses. Ordinary users' PATH lacks them on some distributions, and so does
// root's after su without a dash.
var sbin = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

// systemTool finds a tool of the system: in PATH, or else in one of root's folders. The error names the Debian package
// that has it.
func systemTool(name, debian string) (path string, err error) {
	if path, err = exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range sbin {
		if path, err = exec.LookPath(dir + "/" + name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: the package %s has it", name, debian)
}

// makeExt4 finds the tool that makes file systems of the kind ext4.
func makeExt4() (path string, err error) { return systemTool("mkfs.ext4", "e2fsprogs") }
