package bind

import (
	"os"
	"testing"

	"assay/internal/signing"
	"assay/internal/vault"
)

func TestMain(m *testing.M) {
	// What passphrases cost is tested in vault and signing.
	vault.DefaultParams = func() vault.Params { return vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1} }
	signing.DefaultCost = signing.Cost{Passes: 1, Memory: 64, Threads: 1}
	os.Exit(m.Run())
}
