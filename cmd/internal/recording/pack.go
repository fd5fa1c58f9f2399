package recording

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
)

// Pack is the recording as the page holds it: JSON, compressed, in letters.
func (r *Recording) Pack() (string, error) {
	var b bytes.Buffer
	letters := base64.NewEncoder(base64.StdEncoding, &b)
	z := gzip.NewWriter(letters)
	if err := json.NewEncoder(z).Encode(r); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	if err := letters.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}
