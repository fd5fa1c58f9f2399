// Package plural says how many things there are, in a sentence.
package plural

import "fmt"

// Count is a number of things: 1 page, 2 pages. What agrees with the noun goes with it: "page is", "pages are".
func Count[N ~int | ~int64 | ~uint | ~uint32 | ~uint64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Bytes is a number of bytes.
func Bytes[N ~int | ~int64 | ~uint | ~uint32 | ~uint64](n N) string { return Count(n, "byte", "bytes") }

// Pages is a number of pages.
func Pages[N ~int | ~int64 | ~uint | ~uint32 | ~uint64](n N) string { return Count(n, "page", "pages") }
