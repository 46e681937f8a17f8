// Package embedded reads the data that the program carries: questions, catalogues,
// templates, standards.
package embedded

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// YAML is what a file that is compiled in says; see Decode.
func YAML[T any](name string, b []byte) (out T) {
	Decode(name, b, &out)
	return out
}

// Decode reads a YAML file that is compiled in. A field that into does not have, or
// anything else that cannot be read, is a mistake of ours and a panic that names the
// file: a test of each file's package reads it.
func Decode(name string, b []byte, into any) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		panic(name + ": " + err.Error())
	}
}
