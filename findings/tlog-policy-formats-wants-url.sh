#!/usr/bin/env bash
# C2SP tlog-policy makes the URL of a witness optional ("witness <name> <vkey> [<url>]"). The library
# github.com/transparency-dev/formats v0.1.1 (witness.ParsePolicy) refuses a witness line without one.
# Seen: without URL: invalid witness definition; with URL: read.
set -euo pipefail
cd "$(mktemp -d)"
cat > go.mod <<'M'
module x
go 1.26.0
require github.com/transparency-dev/formats v0.1.1
M
cat > main.go <<'G'
package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	_, vkey, err := note.GenerateKey(rand.Reader, "w.example")
	if err == nil {
		vkey, err = fnote.VKeyToCosignatureV1(vkey)
	}
	if err != nil {
		panic(err)
	}
	_, without := witness.ParsePolicy([]byte("witness w " + vkey + "\nquorum w\n"))
	_, with := witness.ParsePolicy([]byte("witness w " + vkey + " https://w.example/\nquorum w\n"))
	fmt.Println("without URL:", without)
	fmt.Println("with URL:", with)
	if without == nil || !strings.Contains(without.Error(), "invalid witness definition") || with != nil {
		os.Exit(1)
	}
}
G
GOFLAGS=-mod=mod go mod tidy >/dev/null 2>&1
GOFLAGS=-mod=mod go run .
