package vfs

// disk is implemented by file systems that know how large the disk is that they are on.
type disk interface {
	// space returns how much can still be stored and how much could be if there were no files, in bytes.
	space() (free, total int64, ok bool)
}

// diskSpace asks a volume without a capacity of its own.
func (v *volume) diskSpace() (free, total int64, ok bool) {
	if d, is := v.FS.(disk); is {
		return d.space()
	}
	return 0, 0, false
}

// bytesOf is a number of blocks in bytes. Programs calculate in doubles: it is at most what these count exactly.
func bytesOf(blocks, size uint64) int64 {
	const most = 1 << 53
	if size > 0 && blocks > most/size {
		return most
	}
	return int64(blocks * size)
}
