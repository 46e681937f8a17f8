package vault

import (
	"os"
	"path/filepath"
	"testing"
)

// fixtureWords is the recovery key of the fixture.
const fixtureWords = `actor market beach eagle coffee brain
jigsaw pocket fish jungle hat desk
penguin bulb horse harbour church palace
school robin friend fabric brush brush`

// TestFixture opens a register as the first release wrote it, with its
// passphrase and with its recovery key. It is never made again: a register out there cannot be either.
func TestFixture(t *testing.T) {
	fixture, err := os.ReadFile(filepath.Join("testdata", "register-1.assay"))
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(string) (*Vault, error){
		"with_its_passphrase":   func(p string) (*Vault, error) { return Open(p, passphrase) },
		"with_its_recovery_key": func(p string) (*Vault, error) { return OpenWithRecovery(p, fixtureWords) },
	} {
		t.Run("a_register_of_the_first_release_opens_"+name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.assay")
			if err := os.WriteFile(path, fixture, 0o600); err != nil {
				t.Fatal(err)
			}
			v, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			db := connect(t, path, v.VFS())
			if got := ask[string](
				t, db, "SELECT group_concat(person_name || length(notes), ' ') FROM person",
			); got != "Ann10 Bob10000" {
				t.Error(got)
			}
			run(t, db, "INSERT INTO person (person_name) VALUES ('Cyd')")
			if got := ask[string](t, db, "PRAGMA integrity_check"); got != "ok" {
				t.Error(got)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if bad, err := v.Check(t.Context(), nil); err != nil || len(bad) != 0 {
				t.Error(bad, err)
			}
		})
	}
}
