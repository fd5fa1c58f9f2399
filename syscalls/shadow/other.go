//go:build !linux || !amd64

package shadow

import "errors"

// Run fails here.
func Run([]string, Options) (*Report, error) {
	return nil, errors.New("a program can be shadowed on Linux on x86-64 only")
}
