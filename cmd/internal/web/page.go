package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"path"
	"regexp"
	"strings"

	"vmsim/cmd/internal/recording"
	"vmsim/docs"
)

//go:embed page
var files embed.FS

// Engine is what answers a line that is typed into the page.
type Engine string

// The engines.
const (
	None   Engine = "none"   // the page shows a recording and no more
	Server Engine = "server" // POST /type
	Worker Engine = "worker" // the model as WebAssembly, beside the page
)

// modules are the parts of the script, each after those that it imports.
var modules = []string{
	"recording", "links", "list", "panels", "timeline", "ask", "narration", "dialogs", "app",
}

// Page writes the page with a recording.
func Page(w io.Writer, r *recording.Recording, engine Engine) error {
	packed, err := r.Pack()
	if err != nil {
		return err
	}
	style, script := text("style.css"), bundle(engine)
	_, err = strings.NewReplacer(
		"{{policy}}", policy(style, script, engine), "{{title}}", html.EscapeString("vmsim: "+r.Name),
		"{{engine}}", string(engine), "{{style}}", style, "{{recording}}", packed,
		"{{examples}}", examples(engine), "{{script}}", script,
	).WriteString(w, text("page.html"))
	return err
}

// examples are the programs that the page offers, where it can run them.
func examples(engine Engine) string {
	type program struct {
		Name string `json:"name"`
		Text string `json:"text"`
	}
	all := []program{}
	if engine != None {
		for _, file := range docs.Programs("examples") {
			text, _ := docs.Program(file)
			all = append(all, program{path.Base(file), text})
		}
	}
	b, err := json.Marshal(all) // which writes < as \u003c
	if err != nil {
		panic(err)
	}
	return string(b)
}

// text is a file of the page.
func text(name string) string {
	b, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// policy allows the page's own style and script, by their hashes, and whatever the engine needs. Nothing else is ever
// loaded or sent.
func policy(style, script string, engine Engine) string {
	scripts, more := hash(script), ""
	switch engine {
	case Server:
		more = "; connect-src 'self'"
	case Worker:
		scripts += " 'self' 'wasm-unsafe-eval'"
		more = "; connect-src 'self'; worker-src 'self'"
	}
	return fmt.Sprintf("default-src 'none'; img-src data:; style-src %s; script-src %s; base-uri 'none'; form-action "+
		"'none'%s", hash(style), scripts, more)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var (
	imports = regexp.MustCompile(`(?m)^import \{ (.*) \} from "\./(\w+)\.js";$`)
	exports = regexp.MustCompile(`(?m)^export ((?:async )?(?:function|class|const|let) (\w+))`)
)

// bundle is all modules as one: each becomes a function that returns what it exports. A page that is opened from a disk
// may not import.
func bundle(engine Engine) string {
	var b strings.Builder
	for _, name := range modules {
		code := inModule(text(name + ".js"))
		var names []string
		for _, m := range exports.FindAllStringSubmatch(code, -1) {
			names = append(names, m[2])
		}
		code = exports.ReplaceAllString(code, "$1")
		fmt.Fprintf(&b, "const module_%s = (() => {\n%sreturn { %s };\n})();\n", name, code, strings.Join(names, ", "))
	}
	last := "main.js"
	if engine == Worker {
		last = "static.js"
	}
	b.WriteString(inModule(text(last)))
	return b.String()
}

func inModule(code string) string { return imports.ReplaceAllString(code, "const { $1 } = module_$2;") }
