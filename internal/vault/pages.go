package vault

import (
	"crypto/cipher"
	"encoding/binary"
	"sync/atomic"
)

const (
	pageSize = 4096
	reserve  = 32                 // at the end of each page: tag, nonce and four zero bytes
	bodySize = pageSize - reserve // what SQLite uses
	tagSize  = 16
	nonce    = 12

	walHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize

	// SQLite locks bytes from 1 GiB on, and on Windows a locked byte can be
	// neither read nor written. SQLite leaves that page of its own image empty;
	// with the prefix before it, ours has to leave it out as well.
	lockPage = 1 << 30
)

// fileKeys are the ciphers of one database file and what belongs to it.
type fileKeys struct {
	id                 [idSize]byte
	main, wal, journal cipher.AEAD
	logChecked         atomic.Bool // the write-ahead log left behind was looked at
}

func newFileKeys(fileKey []byte, id [idSize]byte) *fileKeys {
	use := func(kind string) cipher.AEAD {
		k := expand(fileKey, id[:], kind)
		defer clear(k)
		return gcm(k)
	}
	return &fileKeys{id: id, main: use("database"), wal: use("wal"), journal: use("journal")}
}

// nonces counts up from a random start, so that no nonce comes twice in a
// session and two sessions meet with a probability that can be neglected.
type nonces struct {
	prefix [4]byte
	next   atomic.Uint64
}

func newNonces() *nonces {
	var b [nonce]byte
	fill(b[:])
	n := &nonces{prefix: [4]byte(b[:4])}
	n.next.Store(binary.BigEndian.Uint64(b[4:]))
	return n
}

func (n *nonces) put(b []byte) {
	copy(b, n.prefix[:])
	binary.BigEndian.PutUint64(b[4:], n.next.Add(1))
}

// sealPage enciphers a page into dst, both pageSize long: body, tag, nonce, zeros.
func sealPage(a cipher.AEAD, n *nonces, dst, page, aad []byte) {
	non := dst[bodySize+tagSize:][:nonce]
	n.put(non)
	a.Seal(dst[:0], non, page[:bodySize], aad)
	clear(dst[bodySize+tagSize+nonce:])
}

// openPage deciphers a page in place and clears its reserved bytes; if the
// page is not authentic it tells so, and what it leaves is not content.
func openPage(a cipher.AEAD, page, aad []byte) bool {
	if binary.LittleEndian.Uint32(page[pageSize-4:]) != 0 {
		return false
	}
	if _, err := a.Open(page[:0], page[bodySize+tagSize:][:nonce], page[:bodySize+tagSize], aad); err != nil {
		return false
	}
	clear(page[bodySize:])
	return true
}

// pageAAD binds a page to its number, from 1.
func pageAAD(b []byte, off int64) []byte {
	return binary.BigEndian.AppendUint32(b[:0], uint32(off/pageSize)+1)
}

// frameAAD binds a page of the write-ahead log to the frame's number, from 0,
// to the page number and database size in the frame's header, and to the salts
// in the log's.
func frameAAD(b []byte, frame int64, head, salts []byte) []byte {
	return binary.BigEndian.AppendUint32(append(append(b[:0], head[:8]...), salts...), uint32(frame))
}

// physical is where in the file a byte of the database image is.
func physical(off int64) int64 {
	if off < lockPage-prefixSize {
		return off + prefixSize
	}
	return off + prefixSize + pageSize
}

// logicalSize is the size of the database image in a file of this size: whole
// pages only, for a page cut short was never finished.
func logicalSize(size int64) int64 {
	size -= prefixSize
	if size > lockPage-prefixSize {
		size = max(size-pageSize, lockPage-prefixSize)
	}
	return max(0, size) / pageSize * pageSize
}

// physicalSize is the size of a file whose image has this size.
func physicalSize(size int64) int64 {
	if size == 0 {
		return prefixSize
	}
	return physical(size-pageSize) + pageSize
}

// A sector is how journals and temporary files are kept, which SQLite reads
// and writes at any place: body, tag, nonce, and how much of the body is used.
const sectorExtra = tagSize + nonce + 4

// sealSector enciphers body, of which used bytes count, into dst; aad is room for 12 bytes.
func sealSector(a cipher.AEAD, n *nonces, dst, body []byte, used int, sector int64, aad []byte) {
	size := len(body)
	non := dst[size+tagSize:][:nonce]
	n.put(non)
	a.Seal(dst[:0], non, body, sectorAAD(aad, sector, uint32(used)))
	binary.BigEndian.PutUint32(dst[size+tagSize+nonce:], uint32(used))
}

// openSector deciphers in place and gives how much of the body is used.
func openSector(a cipher.AEAD, b []byte, sector int64, aad []byte) (int, bool) {
	size := len(b) - sectorExtra
	used := binary.BigEndian.Uint32(b[size+tagSize+nonce:])
	_, err := a.Open(b[:0], b[size+tagSize:][:nonce], b[:size+tagSize], sectorAAD(aad, sector, used))
	return int(used), err == nil && int(used) <= size
}

// sectorAAD binds a sector to its number, from 0, and to how much of it is used.
func sectorAAD(b []byte, sector int64, used uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(b[:0], uint64(sector)), used)
}

func isZero(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.NativeEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

// emptyImage is page 1 of an empty database: pages of 4,096 bytes of which 32
// are reserved, in write-ahead mode, so that no rollback journal is ever made.
func emptyImage() []byte {
	p := make([]byte, pageSize)
	copy(p, "SQLite format 3\x00\x10\x00\x02\x02\x20\x40\x20\x20")
	p[31] = 1 // one page
	p[100] = 13
	binary.BigEndian.PutUint16(p[105:], bodySize)
	return p
}
