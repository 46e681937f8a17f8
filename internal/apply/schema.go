package apply

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of apply files. It is made from the
// nouns themselves and their comments; a test keeps it so.
func Schema() []byte { return append([]byte(nil), schema...) }
