package vault

import (
	"encoding/binary"

	lib "modernc.org/sqlite/lib"
)

// checkLog reads a write-ahead log that was left behind, before SQLite does.
// SQLite takes the log to end at the first frame that is not right, which is what
// a power cut leaves. But each transaction was on disk before the next one began:
// if whole transactions follow the break, the break is no power cut, and going on would
// write over changes that were acknowledged. It gives the first such frame, from 0, or -1.
func (f *file) checkLog() (damaged int64, rc int32) {
	size, rc := f.rawSize()
	step := f.paging.frame()
	if rc != lib.SQLITE_OK || size < walHeader+step {
		return -1, rc
	}
	var head [walHeader]byte
	if rc := f.rawRead(head[:], 0); rc != lib.SQLITE_OK {
		return -1, rc
	}
	copy(f.salts[:], head[16:24])
	defer func() { f.salted = false }()
	order := binary.ByteOrder(binary.LittleEndian)
	if head[3]&1 != 0 {
		order = binary.BigEndian
	}
	sum := walSum(order, [2]uint32{}, head[:24])
	broken, committed := int64(-1), false // the frame before was an authentic commit
	if !sumIs(sum, head[24:32]) {
		// The header itself: frames are held against the salts they name.
		broken = 0
		if rc := f.rawRead(f.frameHead[:], walHeader); rc != lib.SQLITE_OK {
			return -1, rc
		}
		copy(f.salts[:], f.frameHead[8:16])
	}
	for frame := int64(0); walHeader+(frame+1)*step <= size; frame++ {
		whole := f.scratch[:step]
		if rc := f.rawRead(whole, walHeader+frame*step); rc != lib.SQLITE_OK {
			return -1, rc
		}
		if [8]byte(whole[8:16]) != f.salts { // mostly the rest of an earlier run of the log
			if broken < 0 {
				broken = frame
			}
			committed = false
			continue
		}
		authentic := openPage(f.aead, whole[frameHeader:], frameAAD(f.aad[:], frame, whole, f.salts[:]))
		follows := authentic && sumIs(walSum(order, walSum(order, sum, whole[:8]), whole[frameHeader:]), whole[16:24])
		if !follows && broken < 0 {
			broken = frame
		}
		if broken >= 0 && committed && follows {
			return broken, lib.SQLITE_OK
		}
		committed = broken >= 0 && authentic && binary.BigEndian.Uint32(whole[4:]) != 0
		sum = [2]uint32{binary.BigEndian.Uint32(whole[16:]), binary.BigEndian.Uint32(whole[20:])}
	}
	return -1, lib.SQLITE_OK
}

// walSum is the running check sum of SQLite's write-ahead log.
func walSum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}

func sumIs(s [2]uint32, b []byte) bool {
	return binary.BigEndian.Uint32(b) == s[0] && binary.BigEndian.Uint32(b[4:]) == s[1]
}
