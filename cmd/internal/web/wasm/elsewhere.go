//go:build !js

// Command wasm is the model for a page without a server. It is for GOOS=js alone.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this command runs in a browser: vmsim web --static DIR builds it")
	os.Exit(2)
}
