package words

import "fmt"

// Count is a number of things: 1 page, 2 pages.
func Count[N int | uint64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
