package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestPageIsSmallAndImportsNothing(t *testing.T) {
	r := record(t, program)
	packed, err := r.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []Engine{None, Server, Worker} {
		var b bytes.Buffer
		if err := Page(&b, r, engine); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		if n := len(page) - len(packed); n > 200<<10 {
			t.Errorf("%s: %d bytes without the recording", engine, n)
		}
		if left := regexp.MustCompile(`(?m)^(import|export) .*|\{\{\w+\}\}`).FindString(page); left != "" {
			t.Errorf("%s: %q is left in the page", engine, left)
		}
		if !strings.Contains(page, "default-src 'none'") || strings.Contains(page, "unsafe-inline") {
			t.Errorf("%s: the policy allows too much", engine)
		}
	}
}

// A page of another site that a browser shows beside this one must not get through.
func TestServerAnswersThisMachineAlone(t *testing.T) {
	h := Handler(record(t, program))
	for _, x := range []struct {
		host, origin string
		want         int
	}{
		{"127.0.0.1:80", "", http.StatusOK}, {"localhost:80", "http://localhost:80", http.StatusOK},
		{"evil.example:80", "", http.StatusForbidden}, {"127.0.0.1.evil.example", "", http.StatusForbidden},
		{"127.0.0.1:80", "http://evil.example", http.StatusForbidden}, {"127.0.0.1:80", "null", http.StatusForbidden},
	} {
		q := httptest.NewRequest(http.MethodPost, "/type", strings.NewReader(`{"program": "", "line": "info procs"}`))
		q.Host = x.host
		if x.origin != "" {
			q.Header.Set("Origin", x.origin)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, q); w.Code != x.want {
			t.Errorf("%+v: %d", x, w.Code)
		}
	}
}
