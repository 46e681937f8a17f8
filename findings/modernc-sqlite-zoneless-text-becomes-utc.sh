#!/usr/bin/env bash
# modernc.org/sqlite gives the text of a column that is declared DATE, DATETIME or TIMESTAMP as a time.Time, and a text without
# a zone as a time in UTC: that the text had none is lost, although SQLite keeps texts as they are. An expression (+column)
# gives the text.
# Seen with modernc.org/sqlite v1.61.1.
set -euo pipefail
cd "$(mktemp -d)"
cat > go.mod <<'M'
module x
go 1.26.0
require modernc.org/sqlite v1.61.1
M
cat > main.go <<'G'
package main

import (
	"database/sql"
	"fmt"
	"os"
	"time"

	_ "modernc.org/sqlite"
)

func main() {
	db, _ := sql.Open("sqlite", ":memory:")
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t(at TIMESTAMP); INSERT INTO t VALUES('2026-06-01 09:00:00')"); err != nil {
		panic(err)
	}
	var column, expression any
	if err := db.QueryRow("SELECT at, +at FROM t").Scan(&column, &expression); err != nil {
		panic(err)
	}
	fmt.Printf("column: %T %v\nexpression: %T %v\n", column, column, expression, expression)
	t, isTime := column.(time.Time)
	text, isText := expression.(string)
	if !isTime || t.Location() != time.UTC || !isText || text != "2026-06-01 09:00:00" {
		os.Exit(1)
	}
}
G
GOFLAGS=-mod=mod go mod tidy >/dev/null 2>&1
GOFLAGS=-mod=mod go run .
