// Package pack makes and checks the evidence pack: one zip file with the signed
// report, the records behind it and the documents attached to them, arranged so
// that anybody can check with ordinary tools that nothing in it is missing,
// added or changed.
//
// # Format
//
// A pack is a BagIt 1.0 bag (RFC 8493) in a zip file. All names begin with the
// bag's own folder, here EP-2026-0001:
//
//	EP-2026-0001/data/…                        the contents ("payload"), any folders
//	EP-2026-0001/HOW-TO-CHECK.txt              how to check the pack without Assay
//	EP-2026-0001/bag-info.txt                  what the pack is, one "Label: value" a line
//	EP-2026-0001/bagit.txt                     "BagIt-Version: 1.0" and the character set, UTF-8
//	EP-2026-0001/manifest-sha256.txt           the SHA-256 of every file under data/
//	EP-2026-0001/tagmanifest-sha256.txt        the SHA-256 of every file outside data/, this and its signature apart
//	EP-2026-0001/tagmanifest-sha256.txt.p7s    a signature over tagmanifest-sha256.txt (CMS, DER, detached)
//
// A line of a manifest is what sha256sum writes and reads: the digest in
// lower-case hexadecimal, two spaces, the name within the bag's folder, a line
// feed. Lines are in the order of the names' bytes:
//
//	9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  data/records/policies.csv
//
// The signature covers the tag manifest, which covers the manifest, which covers
// the contents: so the one signature covers every file. Further files outside
// data/ (the issuer's root certificate, a page that verifies in a browser) are
// allowed as long as the tag manifest lists them.
//
// Names are made of letters, digits and a few signs (see CheckName), so that they
// are the same file on every system and need no escaping in a manifest. Entries
// are stored as they are, except text, which is deflated; all bear one time. The
// same contents added in the same order make the same bytes.
package pack

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/fault"

	"golang.org/x/text/unicode/norm"
)

// The names of a bag's own files.
const (
	declarationFile = "bagit.txt"
	infoFile        = "bag-info.txt"
	howToFile       = "HOW-TO-CHECK.txt"
	manifestFile    = "manifest-sha256.txt"
	tagManifestFile = "tagmanifest-sha256.txt"
	signatureFile   = "tagmanifest-sha256.txt.p7s"
	// a second signature, which old programs cannot read; may be absent
	secondFile = "tagmanifest-sha256.txt.mldsa.p7s"
	payload    = "data/"
)

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// Bounds of a pack.
const (
	MaxFiles     = 100_000
	maxName      = 200
	maxTagFile   = 64 << 20 // bytes of a file outside data/
	maxSignature = 1 << 20
)

// reserved are names that Windows keeps for devices.
var reserved = map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CLOCK$": true}

func init() {
	for i := '1'; i <= '9'; i++ {
		reserved["COM"+string(i)], reserved["LPT"+string(i)] = true, true
	}
}

// CheckName tells whether a name may stand in a pack: relative, with forward
// slashes, in Unicode normal form C, of at most 200 bytes; its parts hold no
// control or format characters and none of \ : * ? " < > | %, do not begin with
// a space, do not end with a space or full stop, and are no device of Windows.
// Errors: invalid.
func CheckName(name string) error {
	bad := func(why string) error {
		return fault.Invalid("name", fmt.Sprintf("A file cannot be called %q in a pack: %s.", shown(name), why))
	}
	switch {
	case name == "" || len(name) > maxName:
		return bad(fmt.Sprintf("its name must have 1 to %d bytes", maxName))
	case !utf8.ValidString(name) || !norm.NFC.IsNormalString(name):
		return bad("its name is not in plain Unicode")
	case strings.HasPrefix(name, "/") || path.Clean(name) != name:
		return bad("its name must not lead out of the pack")
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || part == "." || part == ".." {
			return bad("its name must not lead out of the pack")
		}
		for _, r := range part {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) ||
				unicode.Is(unicode.Zp, r) ||
				strings.ContainsRune(`\:*?"<>|%`, r) {
				return bad("its name holds a character that some systems do not permit")
			}
		}
		stem, _, _ := strings.Cut(part, ".")
		if part[0] == ' ' || part[len(part)-1] == ' ' || part[len(part)-1] == '.' ||
			reserved[strings.ToUpper(strings.TrimRight(stem, " "))] {
			return bad("some systems do not permit the name")
		}
	}
	return nil
}

// SafeName makes one part of a name out of any text, such as the name of a file
// that somebody attached: what CheckName does not permit becomes "_".
func SafeName(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "_"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) ||
			unicode.Is(unicode.Zp, r) ||
			strings.ContainsRune(`/\:*?"<>|%`, r) {
			return '_'
		}
		return r
	}, s)
	for len(s) > 100 { // keep the end: it says what kind of file it is
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	s = strings.TrimRight(strings.TrimLeft(norm.NFC.String(s), " "), " .")
	if s == "" || CheckName(s) != nil {
		s = strings.TrimRight("_"+s, " .")
	}
	return s
}

// key is what two names share that some system takes for one.
func key(name string) string { return norm.NFC.String(strings.ToLower(name)) }

// shown is a name fit for a sentence.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
	if rs := []rune(name); len(rs) > 120 {
		name = string(rs[:119]) + "…"
	}
	return name
}
