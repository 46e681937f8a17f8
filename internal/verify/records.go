package verify

import (
	"bytes"
	"encoding/json"
)

// recordTables are the tables behind the files of records, and how each record
// is known in its table.
var recordTables = []struct{ file, table, key string }{
	{
		"people",
		"person",
		"id",
	}, {"workflows", "workflow", "id"}, {"policies", "policy", "id"}, {"risk-assessments", "assessment", "id"},
	{"schedules", "schedule", "id"},
	{
		"reviews",
		"review",
		"id",
	}, {"actions", "action", "id"}, {"governance-records", "record", "id"}, {"evidence", "evidence", "id"},
	{"written-documents", "form", "id"},
	{"statement-of-applicability", "soa", "control_id"},
}

// sameRecord tells whether a record in a pack says what its row says. A field
// that is empty in one may be absent in the other.
func sameRecord(record, body []byte) bool {
	var a, b any
	if json.Unmarshal(record, &a) != nil || json.Unmarshal(body, &b) != nil {
		return false
	}
	x, errX := json.Marshal(bare(a))
	y, errY := json.Marshal(bare(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// bare is a JSON value without its empty fields.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x = bare(x); x == nil {
				delete(v, k)
			} else {
				v[k] = x
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}
