package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"assay/internal/signing"
	"assay/internal/vault"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// What passphrases cost is tested in vault and signing; the journeys have the program as it is built.
	vault.DefaultParams = func() vault.Params { return vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1} }
	signing.DefaultCost = signing.Cost{Passes: 1, Memory: 64, Threads: 1}
	if os.Getenv("ASSAY_STATE_DIR") == "" { // what tests see of registers is not for the person's own list
		os.Setenv("ASSAY_STATE_DIR", filepath.Join(os.TempDir(), "assay-state-of-tests"))
	}
	if os.Getenv("ASSAY_TEST_COMMAND") != "" { // the command itself, for tests that kill it
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"assay": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts follows people at a terminal: what they type, what they see, and
// the exit code that their programs see.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ASSAY_PASSPHRASE", "correct horse battery staple")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("ASSAY_STATE_DIR", filepath.Join(e.WorkDir, "state"))
			apply, err := filepath.Abs(filepath.Join("..", "..", "internal", "apply", "testdata"))
			e.Setenv("APPLY", apply)
			return err
		},
		// words FILE keeps the recovery key that the last command printed as JSON.
		// status N CMD… runs a command and expects that exit code, no other.
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"words": func(ts *testscript.TestScript, neg bool, args []string) {
				var made struct {
					Words string `json:"recovery_key"`
				}
				ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &made))
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(made.Words), 0o600))
			},
			"status": func(ts *testscript.TestScript, neg bool, args []string) {
				want := args[0]
				err := ts.Exec(args[1], args[2:]...)
				got := "0"
				if err != nil {
					if x, ok := err.(interface{ ExitCode() int }); ok {
						got = string(rune('0' + x.ExitCode()))
					} else {
						ts.Fatalf("%v", err)
					}
				}
				if got != want {
					ts.Fatalf("exit code %s, want %s", got, want)
				}
			},
		},
	})
}
