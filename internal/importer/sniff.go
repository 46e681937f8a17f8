package importer

import (
	"bytes"
	"io"
	"unicode/utf8"

	"assay/internal/fault"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffLen is how much of a file's beginning tells what it is.
const sniffLen = 64 << 10

// The encodings that are told apart.
const (
	UTF8        = "utf-8"
	UTF8BOM     = "utf-8 with byte order mark"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
)

// Kind is what a file's beginning shows.
type Kind struct {
	Format   Format
	Wrapping Wrapping
	Encoding string
}

// Sniff tells from the first bytes of a file (64 KiB are enough) what it is.
// name is used in messages only: a file is what it contains.
func Sniff(head []byte, name string) (Kind, error) {
	k := Kind{Encoding: UTF8}
	if len(head) == 0 {
		return k, fault.Unreadable(name, "The file is empty; export it again.")
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		k.Wrapping = Gzip
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return k, packed(err)
		}
		head = some(z)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		k.Wrapping = Zstd
		z, err := zstd.NewReader(
			bytes.NewReader(head),
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(128<<20),
			zstd.WithDecoderLowmem(true),
		)
		if err != nil {
			return k, packed(err)
		}
		head = some(z)
		z.Close()
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		k.Wrapping = Zip
		return k, nil
	}
	if len(head) == 0 {
		return k, fault.Unreadable(name, "The compressed file holds nothing, or was cut off. Copy or export it again.")
	}
	var err error
	k.Format, k.Encoding, err = sniffContent(head, name)
	return k, err
}

// some is the beginning of what r unpacks to; a cut end is expected here.
func some(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, sniffLen))
	return b
}

func sniffContent(head []byte, name string) (Format, string, error) {
	if bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return OCELSQLite, "binary", nil
	}
	enc := sniffEncoding(head)
	text := head
	if enc != UTF8 {
		text = some(decoded(bytes.NewReader(head), enc))
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(text) == 0:
		return "", enc, fault.Unreadable(name, "The file holds nothing but blanks; export it again.")
	case text[0] == '{', text[0] == '[':
		if enc == Windows1252 {
			enc = UTF8 // JSON is never anything else; what is not gets refused where it stands
		}
		f := sniffJSON(text)
		if f == "" {
			return "", enc, fault.Unreadable(
				name,
				"This is JSON, but shows none of the formats that Assay reads (a run audit has a run_id in each line). Export it as one of them, or say which it is.",
			)
		}
		return f, enc, nil
	case text[0] == '<':
		if enc == Windows1252 || enc == UTF8 {
			if enc = declared(text); enc == "" {
				return XES, enc, fault.Unreadable(
					name,
					"The XML is in an encoding that Assay does not read; export it in UTF-8.",
				)
			}
		}
		return sniffXML(text), enc, nil
	}
	if n := bytes.IndexByte(text, 0); n >= 0 {
		return "", enc, fault.Unreadable(name, "This is no log that Assay can read: it holds binary data.")
	}
	return CSV, enc, nil
}

// declared is the encoding that an XML declaration names: UTF-8 where there is
// none, empty for one that is not read.
func declared(text []byte) string {
	end := bytes.Index(text, []byte("?>"))
	if !bytes.HasPrefix(text, []byte("<?xml")) || end < 0 {
		return UTF8
	}
	_, rest, ok := bytes.Cut(text[:end], []byte("encoding"))
	if !ok {
		return UTF8
	}
	rest = bytes.TrimLeft(rest, " =\t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	v, _, _ := bytes.Cut(rest[1:], rest[:1])
	switch string(bytes.ToLower(v)) {
	case "utf-8", "us-ascii", "ascii":
		return UTF8
	case "iso-8859-1", "windows-1252", "latin1":
		return Windows1252
	}
	return ""
}

func sniffXML(text []byte) Format {
	if bytes.Contains(text, []byte("<object-types")) || bytes.Contains(text, []byte("<event-types")) {
		return OCELXML
	}
	return XES
}

// sniffJSON tells JSON formats apart by the names that their beginnings hold.
func sniffJSON(text []byte) Format {
	has := func(names ...string) bool {
		for _, n := range names {
			if !bytes.Contains(text, []byte(`"`+n+`"`)) {
				return false
			}
		}
		return true
	}
	first := text
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		first = text[:n]
	}
	switch {
	case bytes.Contains(first, []byte(`"run_id"`)) && !has("run_type"),
		bytes.Contains(first, []byte(`"assay_run_audit"`)):
		return RunAudit
	case has("resourceSpans"):
		return OTLP
	case has("objectTypes"), has("eventTypes"), has("relationships", "objectId"):
		return OCELJSON
	case has("prev_hash", "session_id"), has("record_id", "agent_id", "action_type"):
		return AgentAudit
	case has("run_type", "trace_id"), has("dotted_order"):
		return LangSmith
	case has("observations"), has("traceId", "startTime", "type"):
		return Langfuse
	case has("triggerOutputs"),
		has("workflowRunId"),
		has("Microsoft.ProcessSimple/environments/flows/runs"),
		has("properties", "startTime", "trigger"),
		has("msdyn_flow_approvalid"):
		return PowerAutomate
	case has("run_id"):
		return RunAudit
	}
	return ""
}

func sniffEncoding(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		return UTF8BOM
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return UTF16LE
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return UTF16BE
	}
	// A character may be cut at the end of the head.
	end := len(head)
	for i := 1; i <= utf8.UTFMax && i <= len(head); i++ {
		if utf8.RuneStart(head[len(head)-i]) {
			if !utf8.FullRune(head[len(head)-i:]) {
				end -= i
			}
			break
		}
	}
	if !utf8.Valid(head[:end]) {
		return Windows1252
	}
	return UTF8
}

// decoded turns r into UTF-8 without a byte order mark.
func decoded(r io.Reader, enc string) io.Reader {
	switch enc {
	case UTF8BOM:
		return transform.NewReader(r, unicode.UTF8BOM.NewDecoder())
	case UTF16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case UTF16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	case Windows1252:
		return transform.NewReader(r, charmap.Windows1252.NewDecoder())
	}
	return r
}
