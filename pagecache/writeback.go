package pagecache

// Writeback brings dirty pages to the disk: at once where a program asks, else when they are old or many.
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h).
type Writeback struct{ cache *Cache }

func newWriteback(c *Cache) *Writeback { return &Writeback{cache: c} }
