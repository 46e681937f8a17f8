package vault

import (
	"crypto/cipher"
	"encoding/binary"
	"sync/atomic"
)

const (
	reserve = 32 // at the end of each page: tag, nonce and four zero bytes
	tagSize = 16
	nonce   = 12

	walHeader   = 32
	frameHeader = 24

	// SQLite locks bytes from 1 GiB on, and on Windows a locked byte can be
	// neither read nor written. SQLite leaves that page of its own image empty;
	// with the prefix before it, ours has to leave it out as well.
	lockPage = 1 << 30
)

// paging is how many bytes a page of a register has. All else about where
// things lie in its files follows from that.
type paging int64

const (
	smallPages paging = 4 << 10  // of version 1
	largePages paging = 16 << 10 // of version 2: a million runs need a quarter of the seals and of the log's frames
)

// body is what SQLite uses of a page.
func (p paging) body() int { return int(p) - reserve }

// frame is a page in the write-ahead log, with its header.
func (p paging) frame() int64 { return frameHeader + int64(p) }

// prefix is what lies before the database image: the key pages, and zeros until a
// whole page is full, so that a page begins at the bytes that SQLite locks.
func (p paging) prefix() int64 { return max(keyPages, int64(p)) }

// fileKeys are the ciphers of one database file and what belongs to it.
type fileKeys struct {
	id                 [idSize]byte
	paging             paging
	main, wal, journal cipher.AEAD
	logChecked         atomic.Bool // the write-ahead log left behind was looked at
}

func newFileKeys(fileKey []byte, h *header) *fileKeys {
	use := func(kind string) cipher.AEAD {
		k := expand(fileKey, h.file[:], kind)
		defer clear(k)
		return gcm(k)
	}
	return &fileKeys{id: h.file, paging: h.paging, main: use("database"), wal: use("wal"), journal: use("journal")}
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

// sealPage enciphers a page into dst, which is as long: body, tag, nonce, zeros.
func sealPage(a cipher.AEAD, n *nonces, dst, page, aad []byte) {
	body := len(page) - reserve
	non := dst[body+tagSize:][:nonce]
	n.put(non)
	a.Seal(dst[:0], non, page[:body], aad)
	clear(dst[body+tagSize+nonce:])
}

// openPage deciphers a page in place and clears its reserved bytes; if the
// page is not authentic it tells so, and what it leaves is not content.
func openPage(a cipher.AEAD, page, aad []byte) bool {
	body := len(page) - reserve
	if binary.LittleEndian.Uint32(page[len(page)-4:]) != 0 {
		return false
	}
	if _, err := a.Open(page[:0], page[body+tagSize:][:nonce], page[:body+tagSize], aad); err != nil {
		return false
	}
	clear(page[body:])
	return true
}

// number is that of the page at this byte of the database image, from 1.
func (p paging) number(off int64) int64 { return off/int64(p) + 1 }

// aad binds a page to its number.
func (p paging) aad(b []byte, off int64) []byte {
	return binary.BigEndian.AppendUint32(b[:0], uint32(p.number(off)))
}

// frameAAD binds a page of the write-ahead log to the frame's number, from 0,
// to the page number and database size in the frame's header, and to the salts
// in the log's.
func frameAAD(b []byte, frame int64, head, salts []byte) []byte {
	return binary.BigEndian.AppendUint32(append(append(b[:0], head[:8]...), salts...), uint32(frame))
}

// physical is where in the file a byte of the database image is.
func (p paging) physical(off int64) int64 {
	if off < lockPage-p.prefix() {
		return off + p.prefix()
	}
	return off + p.prefix() + int64(p)
}

// logicalSize is the size of the database image in a file of this size: whole
// pages only, for a page cut short was never finished.
func (p paging) logicalSize(size int64) int64 {
	size -= p.prefix()
	if before := lockPage - p.prefix(); size > before {
		size = max(size-int64(p), before)
	}
	return max(0, size) / int64(p) * int64(p)
}

// physicalSize is the size of a file whose image has this size.
func (p paging) physicalSize(size int64) int64 {
	if size == 0 {
		return p.prefix()
	}
	return p.physical(size-int64(p)) + int64(p)
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

// emptyImage is page 1 of an empty database: 32 bytes of each page are reserved, and
// it is in write-ahead mode, so that no rollback journal is ever made.
func (p paging) emptyImage() []byte {
	b := make([]byte, p)
	copy(b, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(b[16:], uint16(p))
	copy(b[18:], "\x02\x02\x20\x40\x20\x20")
	b[31] = 1 // one page
	b[100] = 13
	binary.BigEndian.PutUint16(b[105:], uint16(p.body()))
	return b
}
