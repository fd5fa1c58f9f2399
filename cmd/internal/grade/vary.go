package grade

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// Change is a small change of a reference solution: an off-by-one, another comparison, a statement left out.
type Change struct {
	File string
	Line int
	What string // "< becomes <="
	text string // the whole file, changed
}

// String is the place and what is changed.
func (c Change) String() string { return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.What) }

// others are the operators that are confused with each other.
var others = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
	token.LAND: "||", token.LOR: "&&", token.ADD: "-", token.SUB: "+",
	token.AND_NOT: "&", token.AND: "|", token.OR: "&",
}

// changes are all small changes of a file.
func changes(name, text string) ([]Change, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	c := changer{name: name, text: text, set: set}
	ast.Inspect(file, c.visit)
	return c.all, nil
}

// changer collects the changes of a file.
type changer struct {
	name, text string
	set        *token.FileSet
	all        []Change
}

// replace notes the change that puts a text in the place of another.
func (c *changer) replace(from, to token.Pos, by, what string) {
	at := c.set.Position(from)
	end := c.set.Position(to).Offset
	c.all = append(c.all, Change{c.name, at.Line, what, c.text[:at.Offset] + by + c.text[end:]})
}

// source is the text of a node.
func (c *changer) source(n ast.Node) string {
	return c.text[c.set.Position(n.Pos()).Offset:c.set.Position(n.End()).Offset]
}

// visit notes the changes of one node.
func (c *changer) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.BinaryExpr:
		if by, ok := others[n.Op]; ok {
			op := n.Op.String()
			c.replace(n.OpPos, n.OpPos+token.Pos(len(op)), by, op+" becomes "+by)
		}
	case *ast.BasicLit:
		c.literal(n)
	case *ast.IfStmt:
		c.replace(n.Cond.Pos(), n.Cond.End(), "!("+c.source(n.Cond)+")", c.source(n.Cond)+" is turned round")
	case *ast.ExprStmt, *ast.IncDecStmt:
		c.leaveOut(n)
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			c.leaveOut(n)
		}
	}
	return true
}

// literal notes a number that is one more, and one that is one less.
func (c *changer) literal(n *ast.BasicLit) {
	v, err := strconv.ParseUint(n.Value, 0, 63)
	if n.Kind != token.INT || err != nil {
		return
	}
	c.replace(n.Pos(), n.End(), strconv.FormatUint(v+1, 10), fmt.Sprintf("%d becomes %d", v, v+1))
	if v > 0 {
		c.replace(n.Pos(), n.End(), strconv.FormatUint(v-1, 10), fmt.Sprintf("%d becomes %d", v, v-1))
	}
}

// leaveOut notes that a statement is left out.
func (c *changer) leaveOut(n ast.Node) {
	text, _, _ := strings.Cut(c.source(n), "\n")
	c.replace(n.Pos(), n.End(), "{}", text+" is left out")
}
