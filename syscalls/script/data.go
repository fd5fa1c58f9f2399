package script

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// A data line has up to 64 bytes in hex, and of more the sum. Bytes that are undetermined are ?? there; the sum is made
// with zeros in their place, and says where they are:
//
//	data 6162????6566
//	data sha1:5d41402abc4b2a76b9719d911017c592fa3b1c44 without 16..24,40..41
const (
	MostHex   = 64
	anyByte   = "??"
	sumPrefix = "sha1:"
	without   = "without"
)

// FormatData is bytes as a data line has them; those in gaps are undetermined.
func FormatData(b []byte, gaps ByteRanges) string {
	if len(b) > MostHex {
		return sumOf(b, gaps)
	}
	var out strings.Builder
	for i := range b {
		if gaps.Has(i) {
			out.WriteString(anyByte)
		} else {
			out.WriteString(hex.EncodeToString(b[i : i+1]))
		}
	}
	return out.String()
}

func sumOf(b []byte, gaps ByteRanges) string {
	sum := sha1.Sum(gaps.blank(b))
	text := sumPrefix + hex.EncodeToString(sum[:])
	if len(gaps) > 0 {
		text += " " + without + " " + gaps.String()
	}
	return text
}

// DataHolds reports whether bytes are what a data line says of them. What it says of one that is undetermined does not
// count; of a sum with such a byte in it nothing can be said, and it holds.
func DataHolds(line string, b []byte, gaps ByteRanges) bool {
	if !strings.HasPrefix(line, sumPrefix) {
		return hexHolds(line, b, gaps)
	}
	var left ByteRanges
	if _, text, ok := strings.Cut(line, " "+without+" "); ok {
		left, _ = parseRanges(text)
	}
	return !gaps.within(left) || sumOf(b, left) == line
}

func hexHolds(line string, b []byte, gaps ByteRanges) bool {
	if len(line) != 2*len(b) {
		return false
	}
	for i := range b {
		want := line[2*i : 2*i+2]
		if want != anyByte && !gaps.Has(i) && want != hex.EncodeToString(b[i:i+1]) {
			return false
		}
	}
	return true
}
