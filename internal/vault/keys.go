package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	keySize    = 32
	saltSize   = 16
	idSize     = 16
	keyPage    = 4096 // one copy of the key page
	keyPages   = 2 * keyPage
	headerLine = "Assay register " // and the version
	headerHint = "This file is encrypted. Open it in Assay, with its passphrase or its recovery key."
)

// Params are the cost of guessing a passphrase: Argon2id passes over memory.
type Params struct {
	Passes    uint32 // at least 1
	MemoryKiB uint32 // at least 8 for each thread
	Threads   uint8
}

// The bounds within which parameters of a file are believed. Nothing of a file is
// authenticated before its passphrase was tried, so a made-up key page must cost
// no more than a real one could: twice the memory that Assay asks for, and as much
// work as 32 passes over what it asks for, some seconds on a slow laptop.
const (
	ourMemory  = 256 << 10 // KiB, of the registers that Assay makes
	maxMemory  = 2 * ourMemory
	maxPasses  = 32
	maxWork    = uint64(maxPasses) * ourMemory // passes × KiB
	maxThreads = 16
)

func (p Params) check() error {
	if p.Passes < 1 || p.Threads < 1 || p.Threads > maxThreads ||
		p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxMemory ||
		uint64(p.Passes)*uint64(p.MemoryKiB) > maxWork {
		return fault.Unreadable(
			"",
			"The register asks for a passphrase check (%d passes, %d KiB, %d threads) that Assay does not do.",
			p.Passes,
			p.MemoryKiB,
			p.Threads,
		)
	}
	return nil
}

// unlockTime is how long a guess of the passphrase has to take, at least.
const unlockTime = 500 * time.Millisecond

// Calibrate finds parameters with which this computer takes at least target, but not
// a pass more: 256 MiB, as many passes as that needs, and two at least, for a computer
// that is busy at this moment must not get a cheap lock.
func Calibrate(target time.Duration) Params {
	p := Params{Passes: 1, MemoryKiB: ourMemory, Threads: 4}
	start := time.Now()
	clear(derive([]byte("calibration"), make([]byte, saltSize), p))
	one := max(time.Since(start), time.Millisecond)
	p.Passes = uint32(min(max(int64((target+one-1)/one), 2), maxPasses))
	return p
}

// DefaultParams gives the parameters of a new passphrase. Only tests of other
// packages put something else in its place: they make hundreds of registers, which
// would spend most of their time on this (TestCostOfPassphrases sees to it that
// nothing else does).
var DefaultParams = func() Params { return Calibrate(unlockTime) }

// derive stretches a passphrase. The memory it worked in goes back to the
// system at once, and with it what could tell of the passphrase.
func derive(passphrase, salt []byte, p Params) []byte {
	key := argon2.IDKey(passphrase, salt, p.Passes, p.MemoryKiB, p.Threads, keySize)
	if p.MemoryKiB >= 16<<10 {
		debug.FreeOSMemory()
	}
	return key
}

// normal gives a passphrase its one spelling, so that an é typed on another
// keyboard is the same é.
func normal(passphrase string) []byte { return norm.NFC.Bytes([]byte(passphrase)) }

// slot is the file key wrapped under one secret.
type slot struct {
	salt    [saltSize]byte
	wrapped [keySize + 16]byte
}

// versions are those of the format, from 1, by the pages they have.
var versions = []paging{smallPages, largePages}

// header is the key page.
type header struct {
	paging     paging
	file       [idSize]byte
	number     uint64 // one more with each change
	params     Params
	passphrase slot
	recovery   *slot
}

// wrap seals the file key. Each slot has a fresh salt and with it a key of its
// own, so the nonce can be zero.
func wrap(kek, fileKey []byte, label string) (w [keySize + 16]byte) {
	copy(w[:], gcm(kek).Seal(nil, make([]byte, 12), fileKey, []byte(label)))
	return w
}

func unwrap(kek []byte, s *slot, label string) ([]byte, bool) {
	key, err := gcm(kek).Open(nil, make([]byte, 12), s.wrapped[:], []byte(label))
	return key, err == nil
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length is ours
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return a
}

// expand derives a key for one use from a secret.
func expand(secret, salt []byte, use string) []byte {
	k, err := hkdf.Key(sha256.New, secret, salt, "assay register 1 "+use, keySize)
	if err != nil {
		panic(err) // the length is ours
	}
	return k
}

const (
	labelPassphrase = "assay register 1 passphrase"
	labelRecovery   = "assay register 1 recovery"
)

func (h *header) setPassphrase(fileKey []byte, passphrase string, p Params) {
	fill(h.passphrase.salt[:])
	h.params = p
	pass := normal(passphrase)
	kek := derive(pass, h.passphrase.salt[:], p)
	h.passphrase.wrapped = wrap(kek, fileKey, labelPassphrase)
	clear(kek)
	clear(pass)
}

func (h *header) openPassphrase(passphrase string) ([]byte, bool) {
	pass := normal(passphrase)
	kek := derive(pass, h.passphrase.salt[:], h.params)
	defer clear(kek)
	defer clear(pass)
	return unwrap(kek, &h.passphrase, labelPassphrase)
}

func (h *header) setRecovery(fileKey, secret []byte) {
	h.recovery = new(slot)
	fill(h.recovery.salt[:])
	kek := expand(secret, h.recovery.salt[:], "recovery")
	h.recovery.wrapped = wrap(kek, fileKey, labelRecovery)
	clear(kek)
}

func (h *header) openRecovery(secret []byte) ([]byte, bool) {
	if h.recovery == nil {
		return nil, false
	}
	kek := expand(secret, h.recovery.salt[:], "recovery")
	defer clear(kek)
	return unwrap(kek, h.recovery, labelRecovery)
}

func fill(b []byte) { _, _ = rand.Read(b) } // crypto/rand.Read ends the program rather than fail

// format writes the key page, authenticated with the file key.
func (h *header) format(fileKey []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"%s%d\n%s\nfile %x\nnumber %d\n",
		headerLine,
		slices.Index(versions, h.paging)+1,
		headerHint,
		h.file,
		h.number,
	)
	fmt.Fprintf(
		&b,
		"passphrase argon2id %d %d %d %x %x\n",
		h.params.Passes,
		h.params.MemoryKiB,
		h.params.Threads,
		h.passphrase.salt,
		h.passphrase.wrapped,
	)
	if h.recovery != nil {
		fmt.Fprintf(&b, "recovery hkdf-sha256 %x %x\n", h.recovery.salt, h.recovery.wrapped)
	}
	fmt.Fprintf(&b, "mac %x\n", headerMAC(fileKey, b.String()))
	fmt.Fprintf(&b, "check %x\n", sha256.Sum256([]byte(b.String())))
	page := make([]byte, keyPage)
	copy(page, b.String())
	return page
}

// prefix is what a file begins with, before its database image.
func (h *header) prefix(fileKey []byte) []byte {
	b, page := make([]byte, h.paging.prefix()), h.format(fileKey)
	copy(b, page)
	copy(b[keyPage:], page)
	return b
}

func headerMAC(fileKey []byte, text string) []byte {
	key := expand(fileKey, nil, "key page")
	defer clear(key)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// authentic tells whether the page was written by one who has the file key.
func (h *header) authentic(fileKey, page []byte) bool {
	return hmac.Equal(h.format(fileKey), page)
}

// parseHeader reads one copy of the key page: strict on everything but the MAC, for
// which the key is needed.
func parseHeader(page []byte) (*header, error) {
	bad := func(what string) (*header, error) {
		return nil, fault.Unreadable("", "The key page of the register is damaged (%s).", what)
	}
	end := bytes.IndexByte(page, 0)
	if len(page) != keyPage || end < 0 || len(bytes.Trim(page[end:], "\x00")) != 0 {
		return bad("its length")
	}
	text := string(page[:end])
	body, check, ok := strings.Cut(text, "\ncheck ")
	if !ok || check != fmt.Sprintf("%x\n", sha256.Sum256([]byte(body+"\n"))) {
		return bad("its check sum")
	}
	lines := strings.Split(body, "\n")
	version, named := strings.CutPrefix(lines[0], headerLine)
	if len(lines) < 6 || len(lines) > 7 || !named || lines[1] != headerHint {
		return bad("its lines")
	}
	fields := func(line string, want ...string) ([]string, bool) {
		f := strings.Split(line, " ")
		if len(f) != len(want) {
			return nil, false
		}
		for i, w := range want {
			if w != "" && f[i] != w {
				return nil, false
			}
		}
		return f, true
	}
	unhex := func(dst []byte, s string) bool {
		if len(s) != 2*len(dst) || s != strings.ToLower(s) {
			return false
		}
		_, err := hex.Decode(dst, []byte(s))
		return err == nil
	}
	number := func(s string, bits int) (uint64, bool) {
		v, err := strconv.ParseUint(s, 10, bits)
		return v, err == nil && strconv.FormatUint(v, 10) == s
	}
	var h header
	if v, ok := number(version, 8); ok && v >= 1 && v <= uint64(len(versions)) {
		h.paging = versions[v-1]
	} else {
		return bad("its version")
	}
	f, ok := fields(lines[2], "file", "")
	if !ok || !unhex(h.file[:], f[1]) {
		return bad("its file line")
	}
	if f, ok = fields(lines[3], "number", ""); ok {
		h.number, ok = number(f[1], 64)
	}
	if !ok {
		return bad("its number line")
	}
	f, ok = fields(lines[4], "passphrase", "argon2id", "", "", "", "", "")
	if !ok {
		return bad("its passphrase line")
	}
	passes, ok1 := number(f[2], 32)
	memory, ok2 := number(f[3], 32)
	threads, ok3 := number(f[4], 8)
	h.params = Params{uint32(passes), uint32(memory), uint8(threads)}
	if !ok1 || !ok2 || !ok3 || !unhex(h.passphrase.salt[:], f[5]) || !unhex(h.passphrase.wrapped[:], f[6]) {
		return bad("its passphrase line")
	}
	if err := h.params.check(); err != nil {
		return nil, err
	}
	if len(lines) == 7 {
		h.recovery = new(slot)
		f, ok = fields(lines[5], "recovery", "hkdf-sha256", "", "")
		if !ok || !unhex(h.recovery.salt[:], f[2]) || !unhex(h.recovery.wrapped[:], f[3]) {
			return bad("its recovery line")
		}
	}
	var mac [sha256.Size]byte
	if f, ok = fields(lines[len(lines)-1], "mac", ""); !ok || !unhex(mac[:], f[1]) {
		return bad("its mac line")
	}
	return &h, nil
}

// pickHeader reads the two copies and gives the newer sound one with its page.
// A copy that was cut off while it was written is passed over: the other one still opens.
func pickHeader(prefix []byte) (*header, []byte, error) {
	if len(prefix) >= 16 && string(prefix[:16]) == "SQLite format 3\x00" {
		return nil, nil, fault.Unreadable("", "This SQLite database is not encrypted, so it is no sealed register.")
	}
	var best *header
	var page []byte
	var first error
	for i := range 2 {
		if len(prefix) < (i+1)*keyPage {
			break
		}
		p := prefix[i*keyPage:][:keyPage]
		if line, _, _ := bytes.Cut(p, []byte("\n")); bytes.HasPrefix(p, []byte(headerLine)) && len(line) < 40 {
			if n, err := strconv.Atoi(string(line[len(headerLine):])); err == nil && n > len(versions) {
				return nil, nil, fault.Forbidden(
					"This register was made by a newer Assay (its encryption is version %d, this program knows "+
						"%d). Install the newer Assay; the file was not changed.",
					n,
					len(versions),
				)
			}
		}
		h, err := parseHeader(p)
		if err != nil {
			if first == nil || fault.CodeOf(err) != fault.CodeUnreadable {
				first = err
			}
			continue
		}
		if best == nil || h.number > best.number {
			best, page = h, p
		}
	}
	if best == nil {
		if first == nil || !bytes.Contains(prefix, []byte(headerLine)) {
			return nil, nil, fault.Unreadable("", "This file is not an Assay register.")
		}
		return nil, nil, first
	}
	return best, page, nil
}
