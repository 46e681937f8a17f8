//go:build pkcs11

package signing

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"

	"github.com/miekg/pkcs11"
)

const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

func TestToken(t *testing.T) {
	if _, err := os.Stat(softHSM); err != nil {
		t.Skip("softhsm2 is not installed")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "directories.tokendir = %s\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	if out, err := tool(
		t, "softhsm2-util", "--init-token", "--free", "--label", "Assessor", "--pin", "1234", "--so-pin", "5678",
	); err != nil {
		t.Fatal(out)
	}
	p := people()
	certs := map[string]*x509.Certificate{}
	for id, who := range map[string]Identity{"01": p.assessor, "02": p.rsaAssessor} {
		der, err := x509.MarshalPKCS8PrivateKey(who.Key)
		if err != nil {
			t.Fatal(err)
		}
		key := file(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if out, err := tool(
			t, "softhsm2-util", "--import", key, "--token", "Assessor", "--label", id, "--id", id, "--pin", "1234",
		); err != nil {
			t.Fatal(out)
		}
		certs[id] = who.Certificate()
	}
	putCertificates(t, certs)

	for name, c := range map[string]struct {
		module, label, pin string
		code               fault.Code
	}{
		"no_module":        {"/nowhere.so", "Assessor", "1234", fault.CodeUnreadable},
		"module_that_none": {conf, "Assessor", "1234", fault.CodeUnreadable},
		"no_such_token":    {softHSM, "Mayor", "1234", fault.CodeNotFound},
		"wrong_pin":        {softHSM, "Assessor", "4321", fault.CodeForbidden},
	} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			if tok, err := OpenToken(c.module, c.label, c.pin); tok != nil || fault.CodeOf(err) != c.code {
				t.Error(err)
			}
		})
	}
	tok, err := OpenToken(softHSM, "Assessor", "1234")
	if err != nil {
		t.Fatal(err)
	}
	defer tok.Close()
	ids, err := tok.Identities(p.root.Certificate())
	if err != nil || len(ids) != 2 {
		t.Fatal(err, len(ids))
	}
	tr := sealTrust()
	for _, id := range ids {
		t.Run(strings.ReplaceAll(id.Certificate().Subject.CommonName, " ", "_")+"/signs", func(t *testing.T) {
			wantStatus(t, sign(t, unsignedPDF(packed), "Assessor", id), tr, StatusGenuine)
			text, err := FormatSeal(id, testClaims())
			if err != nil {
				t.Fatal(err)
			}
			if _, rep, err := OpenSeal(text, tr); err != nil || rep.Status != StatusGenuine {
				t.Errorf("%v %+v", err, rep)
			}
		})
	}
	t.Run("key_cannot_be_sealed_into_a_file", func(t *testing.T) {
		if _, err := SealKey(ids[0].Key, "x", DefaultCost); fault.CodeOf(err) != fault.CodeInvalid {
			t.Error(err)
		}
	})
	t.Run("token_pulled_while_signing_leaves_nothing", func(t *testing.T) {
		tok.Close()
		out, err := SignPDF(context.Background(), unsignedPDF(packed), "Assessor", ids[0], PDFOptions{Now: now})
		if out != nil || fault.CodeOf(err) != fault.CodeConflict {
			t.Error(err)
		}
	})
}

// putCertificates puts certificates on the token, beside the keys with their ids.
func putCertificates(t *testing.T, certs map[string]*x509.Certificate) {
	t.Helper()
	ctx := pkcs11.New(softHSM)
	if err := ctx.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ctx.Finalize(); ctx.Destroy() }()
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ctx.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		t.Fatal(err)
	}
	if err := ctx.Login(s, pkcs11.CKU_USER, "1234"); err != nil {
		t.Fatal(err)
	}
	for id, c := range certs {
		raw := []byte{id[1] - '0'}
		if _, err := ctx.CreateObject(s, []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
			pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_SUBJECT, c.RawSubject),
			pkcs11.NewAttribute(pkcs11.CKA_ID, raw),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE, c.Raw)}); err != nil {
			t.Fatal(err)
		}
	}
}
