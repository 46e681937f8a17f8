// Package signing makes and checks the signatures by which a certificate or an
// evidence pack can be relied on without trusting whoever sent it: signatures
// inside PDF documents, signatures over files, and the seal printed as a QR code.
//
// # Who signs
//
// An organisation has a root: a key and a self-signed certificate, made once
// (NewRoot). The root issues a certificate to each person who signs (Issue). A
// reader who has the root's certificate, and has compared its fingerprint with
// the organisation, can check everything that any of its assessors signed. Keys
// may also come from a PKCS#12 file or be certified by another authority.
//
// Only StatusGenuine means "genuine". Verification fails closed: what cannot be
// accounted for in full is not genuine, and the report says why in sentences.
//
// # PDF signatures
//
// SignPDF writes PAdES baseline signatures (ETSI EN 319 142-1, B-B; with Timestamp
// B-T, and with AddValidationData B-LT) by incremental update: SubFilter ETSI.CAdES.detached, SHA-256,
// ECDSA P-256 or RSA, the attributes content-type, message-digest and
// signing-certificate-v2, the claimed time in /M, 12 KiB reserved. The first
// signature certifies the document (DocMDP, P 2). The fields must be there before.
//
// # The seal
//
// The seal is a text for a QR code in alphanumeric mode: the prefix "AY2:" and
// the base45 (RFC 9285) of a COSE_Sign1 message (RFC 9052, tag 18) in
// deterministic CBOR (RFC 8949, 4.2.1). Any other encoding of the same content is
// refused, and of the two ECDSA signatures s and n-s only the one with the smaller
// s is taken, so that one seal has one text; blanks and line ends after it do not
// count. The protected header has the algorithm (1: -7 ES256, -35 ES384 or -37
// PS256) and the key id (4: the first 8 bytes of the SHA-256 of the signer's
// SubjectPublicKeyInfo); the unprotected header is empty; there is no external
// data. The payload is a map with exactly the keys
//
//	 1  text   number of the certificate
//	 2  text   organisation, at most 80 characters
//	 3  text   reference of the workflow
//	 4  text   name of the workflow, at most 80 characters
//	 5  uint   verdict: 1 governed, 2 with conditions, 3 with exceptions and no condition
//	 6  uint   day of issue, in days since 1970-01-01
//	 7  uint   last day of validity, likewise
//	 8  array  for policy, risk, oversight, transparency, improvement: [met, applicable]
//	 9  bytes  SHA-256 of the certificate's record
//	10  array  of the first conditions, at most 3: [text of at most 32 characters, day by which]
//	11  uint   how many conditions there are
//
// A seal vouches for these and for nothing else on the paper. Seals of version 1
// begin with "AY1:" and lack the keys 10 and 11: they cover no conditions, and are
// read with either s, so that two texts of one such seal exist. There was a time when
// the verdict 3 was not: then, 2 stood for it too, with 0 conditions.
//
// A complete example, of version 1. The text of the seal (joined from its lines)
//
//	AY1:RRQT 9O60GO0K8FCZK6PA2U18CK6IH480I095W58469%6646D462E0033ALE9/DLECB
//	JE.H80LE+$EG7DSN82%EOPCLTD+2DA*8646946HP03797%EZEDU1DZKEE9E*ED.OEKWEMED
//	93DMS0VY0*5AH+0/DAL31YJGZE1:*0UJGI31CY0SJGTS0F6BXKIU1EU4QKI45F7BI822G IS
//	TN6$9N*UK5X6GEC VH%UF1:M27BS8U:UISZ56P9 KUJ8DZ9CNCV*$U6O3C5CPY6 WR:IS9$J
//	-YEFX8Q-8M35-3PD:F0QCG6HU1S*5DB0A6*DG%PWHAQ0L-8MEG4
//
// is this message, in hexadecimal,
//
//	d2844da2012604487823a46753850d31a05889a9016c47432d323032362d303030370278
//	184272796e6d61777220426f726f75676820436f756e63696c036757462d303030330476
//	486f7573696e672072657061697273207472696167650502061950220719518e08858209
//	0a82070782050882060682030509582092076f09ce7c22e23a07427d7eece0ca339eb7a9
//	a3a1354861728c107c13b5c35840eed293d42dd04b9cf0f6685060a4f76af3f61bf95fd9
//	3589db57e0d29cd574e145244697282ac6717e70637e8797ddc767dd4f256db6cc7f5237
//	a637af972282
//
// in which GC-2026-0007 was issued on 2026-03-02 by Brynmawr Borough Council for
// WF-0003, "Housing repairs triage", with conditions, valid until 2027-03-01, with
// scores 9/10, 7/7, 5/8, 6/6 and 3/5, signed with the P-256 key whose public point is
//
//	048f1a429449d86cb4aedfea932405514cd2785abda4655cad5b1deb9563ef1467e7d058
//	69b3cd4d0b79017ae582afa334d1f1f5d10b000f83420d0c6098d28cb6
//
// The same with the conditions "Train the officers of the gate" by 2026-05-31 and
// "Publish the transparency record" by 2026-06-30 is, in version 2,
//
//	AY2:RRQT 9O60GO0K8FCZK6PA2U18CKA6R480I095W58469%6646D462E0033ALE9/DLECBJ
//	E.H80LE+$EG7DSN82%EOPCLTD+2DA*8646946HP03797%EZEDU1DZKEE9E*ED.OEKWEMED93
//	DMS0VY0*5AH+0/DAL31YJGZE1:*0UJGI31CY0SJGTS0F6BXKIU1EU4QKI45F7BI822G ISTN
//	6$9N*UK5X6GEC VH%UF1:MZE1AMGO$3VKEZEDS44+8DN44O.COED5$C.OEX3ES44+8DF44IE
//	C6ZC*7AAMG6/3Z$EXVDOQES44+8DS44VKEF/DE9EZKE:.D3EFZKEUPCYKE093FLJFD0E98*K
//	G.-O%QH4CATJ6**8NWMO27QB313J/WLY10A45N2J:OL:*8T%D0L5HO67OKL*VW.8QP3+4C41
//	N3*8K4C*0KD2JVNH4OBR4
//
// # Sealed keys
//
// A private key at rest is a PEM block "ASSAY SEALED KEY" without headers:
//
//	4 bytes   "AYK1"
//	4 bytes   Argon2id passes (RFC 9106), big endian, 1 to 64
//	4 bytes   Argon2id memory in KiB, big endian, at most 1,048,576
//	1 byte    Argon2id threads, 1 to 16
//	16 bytes  salt
//	12 bytes  nonce
//	rest      AES-256-GCM of the key in PKCS#8 DER, with its 16-byte tag
//
// The AES key is the 32-byte Argon2id of the passphrase's bytes; everything before
// "rest" is the additional data. The key of the seal above, under the passphrase
// "correct horse":
//
//	-----BEGIN ASSAY SEALED KEY-----
//	QVlLMQAAAAMAAQAABA4dCpy4uFt18OX4vr57Siuj1k41HufUALRaWyfjGlF38WMN
//	ug/fCOKK0KYWCh7gwmz468fZEMFUp2u5tCuu6lQ9kBTjO7iQKFaMD8S/nkkExsUm
//	FRuTJ1VGyOIGdbM4LlhkpLeVPTyplBtwYW0vwj5GG8XjdJAKS7mx0I9ZPLis4hR8
//	rvGBsrxOdBPas9Nud57aV3uEJ+KJasj4uE2eVmcw86DYfD3suFvzpE9nji1qLNRc
//	rMbt
//	-----END ASSAY SEALED KEY-----
//
// # Trust files
//
// A trust file is PEM: the organisation's root certificates and those of its
// people (CERTIFICATE), lists of revoked certificates that a root signed (X509
// CRL), and notes of revoked keys (ASSAY REVOKED KEY). A note needs no signature:
// whoever gives a reader the roots decides whom the reader trusts. It is the
// SHA-256 of the key's SubjectPublicKeyInfo in hexadecimal, a space, the time of
// the revocation (RFC 3339, UTC) and a line feed. The note that the key
//
//	8ea81ce9cda7a6cf4ec1ac1b7dcc9a0a31dc9e18b6f2f4a8b7f4f2b4a1d2c3e4 2026-11-28T18:40:00Z
//
// was revoked is
//
//	-----BEGIN ASSAY REVOKED KEY-----
//	OGVhODFjZTljZGE3YTZjZjRlYzFhYzFiN2RjYzlhMGEzMWRjOWUxOGI2ZjJmNGE4
//	YjdmNGYyYjRhMWQyYzNlNCAyMDI2LTExLTI4VDE4OjQwOjAwWgo=
//	-----END ASSAY REVOKED KEY-----
//
// # Withdrawal lists
//
// A list of certificates that are no longer in force is text: the heading, the
// organisation, the time of issue (RFC 3339, UTC), the number of items, and an
// item a line: number, date, the number that took its place or "-", reason, with
// one space between them, in the order of the numbers. An empty line follows and
// then, as a PEM block "CMS", a detached signature (see SignDetached) over the text
// up to and without the empty line. Its signing time is the time of issue.
//
//	assay withdrawal list v1
//	Brynmawr Borough Council
//	2026-03-02T09:30:00Z
//	2
//	GC-2026-0003 2026-02-11 GC-2026-0007 A new version of the workflow was assessed
//	GC-2026-0005 2026-03-01 - The officer named at the gate had left
//
// Revoked keys are listed in an ordinary X.509 revocation list of the root.
package signing
