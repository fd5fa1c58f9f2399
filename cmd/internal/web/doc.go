// Package web is the page in which a recording is looked at.
//
// The page is written by hand, as HTML, a style sheet and a few modules of JavaScript under page/, and embedded here.
// It is one file with everything in it, the recording too: the same file is served, opened from a disk, or put into a
// course's site. It loads nothing: its policy forbids that.
package web
