package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/syscalls/script"
)

func TestCommentsOfCBecomeTheLanguagesOwn(t *testing.T) {
	for text, want := range map[string]string{
		"// first\nbrk(NULL) // second":              "# first\nbrk(NULL)  # second\n",
		"/* one\n * two\n */\nbrk(NULL) /* three */": "# one\n# two\n\nbrk(NULL)  # three\n",
		"brk(/* addr */ NULL)":                       "brk(NULL)\n",
		"brk(NULL) /* a */ = ? // b":                 "brk(NULL) = ?  # b\n",
		`open("/data//a/*b*/", O_RDONLY) = ?`:        `open("/data//a/*b*/", O_RDONLY) = ?` + "\n",
		".file /data//a 5 # as // it is":             ".file /data//a 5  # as // it is\n",
		"write(1, \"a \\\" // b\", 3) = ?":           "write(1, \"a \\\" // b\", 3) = ?\n",
		"brk(NULL) = 8 / 2 / 1":                      "brk(NULL) = 8/2/1\n",
	} {
		prog, err := script.Parse("p", text)
		require.NoError(t, err, text)
		assert.Equal(t, want, prog.String(), text)
	}
}

func TestCommentThatIsNotClosedIsAnError(t *testing.T) {
	_, err := script.Parse("p", "brk(NULL)\n/* what\n")
	assert.ErrorContains(t, err, "is not closed")
	_, err = script.Parse("p", "brk(NULL)\n/* what")
	assert.ErrorContains(t, err, "is not closed")
}
