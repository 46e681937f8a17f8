package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// RowDigest is the SHA-256, as hexadecimal, of RowJSON.
func RowDigest(columns []string, values []any) (string, error) {
	b, err := RowJSON(columns, values)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// RowJSON writes a database row in its one spelling: an object on one line,
// columns in order of their names, those that are NULL left out.
//
//	integer   decimal digits; a bool counts as 0 or 1
//	real      shortest form that reads back the same, as RFC 8785 writes numbers, with ".0" where that would be an integer
//	text      a JSON string, escaping only ", \ and the control characters below U+0020
//	blob      {"sha256":"…","size":N}, so that a long attachment does not have to be kept to be checked
//
// The kinds of Go value are those that database/sql gives for SQLite (int64,
// float64, string, []byte, nil), bool, and time.Time, which is refused: read the column
// as text. Text that is not UTF-8 is treated as a blob.
func RowJSON(columns []string, values []any) ([]byte, error) {
	if len(columns) != len(values) {
		return nil, fmt.Errorf("row digest: %d columns with %d values", len(columns), len(values))
	}
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(columns[a], columns[b]) })
	b := []byte{'{'}
	for n, i := range order {
		if n > 0 && columns[order[n-1]] == columns[i] {
			return nil, fmt.Errorf("row digest: column %q is there twice", columns[i])
		}
		if values[i] == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, columns[i]), ':')
		switch v := values[i].(type) {
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case bool:
			if v {
				b = append(b, '1')
			} else {
				b = append(b, '0')
			}
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("row digest: column %q is no finite number", columns[i])
			}
			j, _ := json.Marshal(v) // the form of ECMAScript, as RFC 8785 wants
			b = append(b, j...)
			if !strings.ContainsAny(string(j), ".e") {
				b = append(b, ".0"...)
			}
		case string:
			if !utf8.ValidString(v) {
				b = appendBlob(b, []byte(v))
				break
			}
			b = appendString(b, v)
		case []byte:
			b = appendBlob(b, v)
		case time.Time:
			return nil, fmt.Errorf("row digest: column %q came as a time; read it as text", columns[i])
		default:
			return nil, fmt.Errorf("row digest: column %q is a %T", columns[i], v)
		}
	}
	return append(b, '}'), nil
}

func appendBlob(b, v []byte) []byte {
	sum := sha256.Sum256(v)
	b = append(b, `{"sha256":"`...)
	b = hex.AppendEncode(b, sum[:])
	b = append(b, `","size":`...)
	return append(strconv.AppendInt(b, int64(len(v)), 10), '}')
}

// appendString writes s as RFC 8785 does.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
