//go:build js && wasm

// Command wasm is the model for a page without a server: it answers the lines that the page's worker passes on.
package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"vmsim/cmd/internal/recording"
)

func main() {
	js.Global().Set("vmsim", js.FuncOf(func(_ js.Value, args []js.Value) any { return answer(args[0].String()) }))
	js.Global().Call("vmsimReady")
	select {}
}

// answer takes a line as JSON and gives a message as JSON. A panic is a mistake of ours, and no reason to stop.
func answer(text string) (reply string) {
	defer func() {
		if r := recover(); r != nil {
			reply = encode(map[string]string{"error": fmt.Sprint("this is a mistake in vmsim: ", r)})
		}
	}()
	var line recording.Line
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		return encode(map[string]string{"error": err.Error()})
	}
	return encode(recording.Answer(line))
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
