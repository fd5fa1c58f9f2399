package grade

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"vmsim/syscalls/plural"
)

// Formats are the forms of a result, by the names that commands use.
var Formats = map[string]func(io.Writer, Grade) error{
	"text": text, "gradescope": gradescope, "github": github, "prairielearn": prairieLearn, "junit": junit,
}

func text(w io.Writer, g Grade) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d of %s\n", g.Exercise, g.Points, plural.Count(g.Max, "point", "points"))
	if g.Problem != "" {
		fmt.Fprintf(&b, "%s\n", g.Problem)
	}
	before := ""
	for _, r := range g.Results {
		mark := "pass"
		if !r.Passed {
			mark = "FAIL"
		}
		fmt.Fprintf(&b, "  %s  %d/%d  %s\n", mark, r.Points, r.Max, r.Name)
		b.WriteString(outputText(r.Output, before))
		before = r.Output
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// outputText is a test's output below its line; before is that of the test before.
func outputText(output, before string) string {
	switch output {
	case "", "not run":
		return ""
	case before:
		return "        the same\n"
	}
	return "        " + strings.ReplaceAll(strings.TrimSpace(output), "\n", "\n        ") + "\n"
}

// asJSON writes v with two spaces a level.
func asJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// gradescope is results.json of a Gradescope autograder.
func gradescope(w io.Writer, g Grade) error {
	type test struct {
		Name       string  `json:"name"`
		Score      float64 `json:"score"`
		MaxScore   float64 `json:"max_score"`
		Status     string  `json:"status"`
		Output     string  `json:"output,omitempty"`
		Visibility string  `json:"visibility"`
	}
	out := struct {
		Score  float64 `json:"score"`
		Output string  `json:"output,omitempty"`
		Tests  []test  `json:"tests"`
	}{Score: float64(g.Points), Output: g.Problem, Tests: []test{}}
	for _, r := range g.Results {
		t := test{r.Name, float64(r.Points), float64(r.Max), "passed", r.Output, "visible"}
		if !r.Passed {
			t.Status = "failed"
		}
		out.Tests = append(out.Tests, t)
	}
	return asJSON(w, out)
}

// githubResult is what the autograding of GitHub Classroom reads: a document of version 1 with a test for each result.
type githubResult struct {
	Version  int          `json:"version"`
	Status   string       `json:"status"`
	MaxScore int          `json:"max_score"`
	Tests    []githubTest `json:"tests"`
}

type githubTest struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Score   int    `json:"score"`
	Line    int    `json:"line_no"`
}

// github is the result that GitHub Classroom's autograding reporter takes, in base64 as it wants it.
func github(w io.Writer, g Grade) error {
	out := githubResult{Version: 1, Status: "pass", MaxScore: g.Max, Tests: []githubTest{}}
	if g.Points < g.Max || g.Max == 0 {
		out.Status = "fail"
	}
	for _, r := range g.Results {
		t := githubTest{r.Name, "pass", r.Output, r.Points, 0}
		if !r.Passed {
			t.Status = "fail"
		}
		if g.Problem != "" {
			t.Message = g.Problem
		}
		out.Tests = append(out.Tests, t)
	}
	b, err := json.Marshal(out)
	if err == nil {
		_, err = fmt.Fprintln(w, base64.StdEncoding.EncodeToString(b))
	}
	return err
}

// prairieLearn is results.json of a PrairieLearn external grader.
func prairieLearn(w io.Writer, g Grade) error {
	type test struct {
		Name   string `json:"name"`
		Points int    `json:"points"`
		Max    int    `json:"max_points"`
		Output string `json:"output,omitempty"`
	}
	out := struct {
		Gradable bool    `json:"gradable"`
		Score    float64 `json:"score"`
		Output   string  `json:"output,omitempty"`
		Tests    []test  `json:"tests"`
	}{Gradable: true, Score: g.Share(), Output: g.Problem, Tests: []test{}}
	for _, r := range g.Results {
		out.Tests = append(out.Tests, test{r.Name, r.Points, r.Max, r.Output})
	}
	return asJSON(w, out)
}

// junitSuite is a test suite in the XML that continuous integration systems read.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junit is JUnit's XML, which most build servers read.
func junit(w io.Writer, g Grade) error {
	suite := junitSuite{Name: g.Exercise, Tests: len(g.Results)}
	for _, r := range g.Results {
		c := junitCase{Name: r.Name, Class: g.Exercise}
		if !r.Passed {
			suite.Failures++
			c.Failure = &junitFailure{fmt.Sprintf("%d of %s", r.Points, plural.Count(r.Max, "point", "points")),
				printable(g.Problem + r.Output)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// printable is a text without what XML cannot have.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, s)
}
