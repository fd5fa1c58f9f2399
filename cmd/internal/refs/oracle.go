package refs

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// oracleBytes is the size of a reference: time (4 bytes), key (8), size of the object (4), position of its next use
// (8), little-endian.
const oracleBytes = 24

// oracle reads the form oracleGeneral.
type oracle struct{ r *bufio.Reader }

func newOracle(r *bufio.Reader) Reader { return &oracle{r} }

func (o *oracle) Read(keys []uint64) (n int, err error) {
	for n < len(keys) {
		block, err := o.r.Peek(oracleBytes * min(len(keys)-n, 4096))
		whole := len(block) / oracleBytes
		for i := range whole {
			keys[n] = binary.LittleEndian.Uint64(block[i*oracleBytes+4:])
			n++
		}
		_, _ = o.r.Discard(whole * oracleBytes)
		switch {
		case err == nil || err == bufio.ErrBufferFull:
		case err == io.EOF && len(block)%oracleBytes != 0:
			return n, fmt.Errorf("the last reference is cut after %d of %d bytes", len(block)%oracleBytes, oracleBytes)
		case err == io.EOF && n > 0:
			return n, nil
		default:
			return n, err
		}
	}
	return n, nil
}
