package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// HowTo is what the page HOW-TO-CHECK.txt says about this pack.
type HowTo struct {
	Organisation string   // who issued the pack
	Signer       string   // who signed it
	Fingerprint  string   // of the root's key: SHA-256 of its SubjectPublicKeyInfo, in any grouping
	Root         string   // the tag file with the root certificate, "root.pem"; empty if there is none
	Documents    []string // the signed PDFs, relative to data/
	// Second is the fingerprint of the key of the second signature, and SecondCert the tag
	// file with its certificate, "second.pem"; empty where there is none.
	Second, SecondCert string
}

func (h HowTo) text(name string, tags []File) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	h.changed(p, name)
	h.signed(p)
	h.root(p)
	if len(h.Documents) > 0 {
		h.documents(p)
	}
	if h.Second != "" {
		h.second(p)
	}
	h.log(p, slices.ContainsFunc(tags, func(f File) bool { return f.Name == "verify.html" }))
	return b.String()
}

// printer writes one line of the page.
type printer func(format string, args ...any)

// changed is how to see that nothing is changed, missing or put in.
func (h HowTo) changed(p printer, name string) {
	p("HOW TO CHECK THIS EVIDENCE PACK")
	p("")
	p("Pack:         %s", name)
	p("Issued by:    %s", h.Organisation)
	p("Signed by:    %s", h.Signer)
	p("")
	p("You do not need Assay, and you do not need to trust whoever gave you this pack.")
	p("Unpack the zip file, open a terminal in the folder %s, and take these steps.", name)
	p("")
	p("1. Is anything changed or missing?")
	p("")
	p("   Linux:     sha256sum -c %s %s", tagManifestFile, manifestFile)
	p("   macOS:     shasum -a 256 -c %s %s", tagManifestFile, manifestFile)
	p("   Windows (PowerShell):")
	p("     Get-Content -Encoding UTF8 %s, %s | ForEach-Object {", tagManifestFile, manifestFile)
	p("       $sum, $name = $_ -split '  ', 2")
	p("       if ((Get-FileHash -LiteralPath $name).Hash -eq $sum) { \"${name}: OK\" } else { \"${name}: CHANGED\" } }")
	p("")
	p("   Every line must end in OK. Then look for files that were put in. On Linux and macOS:")
	p("")
	p("   cut -c67- %s %s > ../listed.txt", tagManifestFile, manifestFile)
	p("   find . -type f | sed 's|^\\./||' | grep -vxF -f ../listed.txt")
	p("")
	p("   must name %s and its signatures,", tagManifestFile)
	p("   %s%s, and nothing else.", signatureFile, map[bool]string{true: " and " + secondFile}[h.Second != ""])
	p("")
}

// rootFile is the root certificate as the commands name it.
func (h HowTo) rootFile() string { return cmp.Or(h.Root, "ROOT.pem") }

// signed is how to see who signed the list of files.
func (h HowTo) signed(p printer) {
	p("2. Did %s sign it?", h.Signer)
	p("")
	root := h.rootFile()
	if h.Root == "" {
		p("   Ask %s for its root certificate (here ROOT.pem).", h.Organisation)
		p("")
	}
	p("   The root file must hold one certificate, and no more: with a second one in it,")
	p("   somebody else could have signed. This must print 1:")
	p("")
	p("   grep -c 'BEGIN CERTIFICATE' %s", root)
	p("")
	p("   openssl cms -verify -cades -binary -inform DER -purpose any \\")
	p("     -in %s -content %s \\", signatureFile, tagManifestFile)
	p("     -CAfile %s -signer ../signer.pem -out ../checked.txt", root)
	p("")
	p("   The answer must be \"CAdES Verification successful\". Who signed it, this says:")
	p("")
	p("   openssl x509 -in ../signer.pem -noout -subject -nameopt utf8,sep_comma_plus")
	p("")
	p("   It must name %s. If %s gave", h.Signer, h.Organisation)
	p("   you a list of revoked keys (revoked.pem), look whether that key is on it:")
	p("")
	p("   cat %s revoked.pem > ../with-list.pem", root)
	p("   and the command above with -crl_check -CAfile ../with-list.pem")
	p("")
}

// root is how to see that the root certificate is the organisation's.
func (h HowTo) root(p printer) {
	p("3. Is that really the root of %s?", h.Organisation)
	p("")
	p("   openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
		h.rootFile())
	p("")
	p("   must give this number:")
	p("")
	plain := strings.ToLower(strings.ReplaceAll(h.Fingerprint, " ", ""))
	p("   %s", plain)
	if h.Fingerprint != plain {
		p("   (to read out: %s)", h.Fingerprint)
	}
	p("")
	p("   Do not rely on this page alone for it: compare it with what %s", h.Organisation)
	p("   says on the telephone or on its website.")
}

// documents is how to check the signatures inside the PDFs.
func (h HowTo) documents(p printer) {
	p("")
	p("4. The signed documents")
	p("")
	p("   These carry signatures of their own, which any PDF reader that shows signatures")
	p("   can check:")
	p("")
	for _, d := range h.Documents {
		p("   data/%s", d)
	}
	p("")
	p("   For example: pdfsig data/%s", h.Documents[0])
	p("   A certificate that names an approver must carry the signatures of both.")
}

// second is how to check the signature that a quantum computer would not break.
func (h HowTo) second(p printer) {
	p("")
	p("The second signature, %s, is by ML-DSA-65, which a", secondFile)
	p("quantum computer would not break. It is over the same list. OpenSSL 3.5 or newer:")
	p("")
	p("   openssl cms -verify -binary -inform DER -purpose any \\")
	p("     -in %s -content %s \\", secondFile, tagManifestFile)
	p("     -CAfile %s -out checked.txt", h.SecondCert)
	p("   openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum", h.SecondCert)
	p("")
	p("   must give this number, which stands in %s's trust file:", h.Organisation)
	p("")
	p("   %s", h.Second)
	p("")
	p("Older programs cannot read it; the steps above do without it.")
}

// log is what shows that the log grew, and what the whole page does not tell.
func (h HowTo) log(p printer, page bool) {
	p("")
	p("5. The activity log in data/log and its proofs")
	p("")
	p("   Steps 1 and 2 show that the log is as it was signed. That it grew from the logs that")
	p("   earlier certificates state, verify.html or Assay (assay verify --log) can show.")
	if page {
		p("")
		p("Or open verify.html in a web browser: it makes these checks on your computer,")
		p("without using the network. Give it the root certificate when you have compared its")
		p("number (step 3). The page came with the pack: if much depends on the answer, use a")
		p("copy of it that you got elsewhere, or the steps above.")
	}
	p("")
	p("What this tells you: that %s signed exactly these files. It does not tell", h.Signer)
	p("you that nothing has changed since: ask %s whether a newer pack or", h.Organisation)
	p("certificate has taken the place of this one.")
}
