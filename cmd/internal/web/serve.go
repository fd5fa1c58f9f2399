//go:build !js

package web

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"

	"vmsim/cmd/internal/recording"
)

// maxLine is the longest message of a page: a program, and a line.
const maxLine = 4 << 20

// Handler serves one recording, and answers what is typed beside it. It answers to names of this machine only, so that
// no other site can talk to it.
func Handler(r *recording.Recording) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_ = Page(w, r, Server)
	})
	mux.HandleFunc("POST /type", func(w http.ResponseWriter, q *http.Request) { answerLine(w, q, r) })
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if origin := q.Header.Get("Origin"); !isLocal(q.Host) || origin != "" && origin != "http://"+q.Host {
			http.Error(w, "this page is for this machine alone", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, q)
	})
}

// answerLine answers what is typed into the page.
func answerLine(w http.ResponseWriter, q *http.Request, r *recording.Recording) {
	var line recording.Line
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxLine)).Decode(&line); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	line.Costs = r.Costs
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(recording.Answer(line))
}

// isLocal reports whether a request was addressed to this machine by a name that no other site can have.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || strings.HasPrefix(host, "127.") && net.ParseIP(host) != nil
}
