// Command scratchdb makes an empty register database at PATH by running the
// migrations, so that sqlc can prepare each query against the real schema. It
// imports nothing that is generated: it works while the queries do not compile.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"assay/sql/migrations"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: scratchdb PATH")
		os.Exit(2)
	}
	if err := create(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "scratchdb:", err)
		os.Exit(1)
	}
}

func create(ctx context.Context, path string) error {
	for _, p := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Remove(p); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path))
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	return db.Close()
}
