//go:build !js

package web

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"vmsim/cmd/internal/recording"
)

// Static writes a folder for any web server: the page with a recording, and the model as WebAssembly, which Go builds
// from vmsim's source.
func Static(ctx context.Context, dir string, r *recording.Recording) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := buildModel(ctx, dir); err != nil {
		return err
	}
	loader, err := loaderScript(ctx)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := Page(&page, r, Worker); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"index.html": page.Bytes(), "worker.js": []byte(text("worker.js")), "wasm_exec.js": loader,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(filepath.Join(dir, "vmsim.wasm"), 0o644)
}

// loaderScript is the script of the Go distribution that runs a program of WebAssembly in a browser.
func loaderScript(ctx context.Context) ([]byte, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}

// buildModel compiles the model to WebAssembly, into the folder.
func buildModel(ctx context.Context, dir string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o",
		filepath.Join(dir, "vmsim.wasm"), "vmsim/cmd/internal/web/wasm")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the model cannot be built as WebAssembly: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}
