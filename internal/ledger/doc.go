// Package ledger is the activity log: who did what in a register, when and
// why, written so that nobody can change the past unnoticed, its owner included.
//
// # Entries
//
// Each change of a register is one transaction with one entry. An entry is one
// line of JSON, UTF-8, without spaces between tokens and with its fields in
// this order; those marked ? are left out when they are empty.
//
//	seq       1 for the first entry, and so on without gaps
//	time      UTC in milliseconds, by the computer's clock
//	actor     who was signed in: id?, name, role?
//	device?   the account and computer as the operating system named them
//	action    noun.verb, for programs
//	subject?  the reference of the record concerned
//	summary   one sentence, for people
//	reason?   the person's own words
//	changes?  every row touched, by table and then key: table, key, op (put or delete), digest (of a put)
//	import?   of an imported export: source (SHA-256 of the file), runs (how many), root (of the tree over them)
//	digests?  further files and statements vouched for, by name: name, sha256
//
// Strings are escaped as encoding/json does without HTML escaping: the quote,
// the backslash, control characters, U+2028 and U+2029. The three entries of
// the example that the tests follow:
//
//	{"seq":1,"time":"2026-03-31T09:00:00.000Z","actor":{"name":"Assay"},"device":"dpo@laptop-7","action":"register.create","summary":"Made the register of Example Council."}
//	{"seq":2,"time":"2026-03-31T09:01:00.000Z","actor":{"id":"0198","name":"Ann Example","role":"assessor"},"device":"dpo@laptop-7","action":"policy.approve","subject":"POL-0001","summary":"Approved Using “AI” in planning, version 2.","reason":"Agreed by Cabinet on 30 March.","changes":[{"table":"policy","key":"01","op":"put","digest":"f5a390fc156594c80dc92cc4302f95133712d038be5e416bdc21de5dd6da62a0"},{"table":"policy_draft","key":"01","op":"delete"}]}
//	{"seq":3,"time":"2026-03-31T09:02:00.000Z","actor":{"id":"0198","name":"Ann Example","role":"assessor"},"device":"dpo@laptop-7","action":"runs.import","subject":"IMP-0001","summary":"Imported 3 runs of WF-0001.","import":{"source":"88eb43f28144a71fae1348b4fddcbd802c1c05c9a92fa3057251892cff9935bf","runs":3,"root":"4MGPXF/AcxuU52b8jj9dgxRJrLb7SuSV5VnaoHV4N5s="}}
//
// The digest of a row is the SHA-256 of its spelling by [RowJSON]; for the
// policy above, whose reviewed_on is NULL and whose file is the blob "abc":
//
//	{"file":{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3},"id":"01","share":0.5,"title":"Using “AI” in\nplanning","version":2}
//
// # The tree
//
// The entries are the leaves of one Merkle tree as RFC 6962, section 2.1, has
// it: a leaf's hash is SHA-256(0x00 || line), a node's SHA-256(0x01 || left ||
// right), and leaf number seq-1 is entry seq. The runs of an import are the
// leaves of a tree of their own; in the example they are the texts "run 1", "run 2"
// and "run 3". Hashes of trees are written in base64, SHA-256 of files and
// rows in hexadecimal, as sha256sum prints them.
//
// # Heads
//
// A head says how long the log was and what its root was: a checkpoint of
// c2sp.org/tlog-checkpoint, three lines with the log's name, the number of entries and the root. The name
// is "assay.example/log/" and the register's identifier; no such address has to exist. It is
// signed as a note of c2sp.org/signed-note: the text, an empty line, and one line a signature.
// The log signs with keys of its own, the people who sign documents with theirs, and
// witnesses, who each keep the newest head that they saw, add cosignatures of
// c2sp.org/tlog-cosignature. Here those by the person whose scalar is SHA-256("assay log
// example") and by the log whose secret is SHA-256("assay log key example"):
//
//	assay.example/log/019d4321-0000-7000-8000-000000000001
//	3
//	HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//
//	— ff7822911053415f47f19f5ea881ae650e9d0f65a52600248b66f4369d1d469d ESpWYzBEAiASWtRtWt8ZGWwBLHe5k4Ivi4rXVtS4kdTZF0MBlXFEEQIgQOiYuwzvMj+G9DHTSNz8U+RzFmgS1uNVvzbcKSYPtPI=
//	— assay.example/log/019d4321-0000-7000-8000-000000000001 +TxNKoSPhH+e1r944cWU6ZvqtVGtQn/dNrvOGyp7C7h5aecdDtCrgEMvyUh+6HCx2hOFajrIDsRKfcmeoKBrpDE7ag0=
//	— assay.example/log/019d4321-0000-7000-8000-000000000001 yYJWaAAAAABpy5sg1uJnDZDyNXihHA7D4Ut8a1pFwHZD8JrBDH7BIWM7vhQwWqs3JR4opQKAlxrtQIjzv+JGt3k9o53AqjkhHcgEDA==
//
// The log's lines are by Ed25519 over the text (type 1, for readers that know no other),
// by Ed25519 over the time and the text (type 4: the log's clock), and, in files, by
// ML-DSA-44 (type 6, not shown here: 3,300 characters, too long for a QR code, for which [Short]
// leaves it out). Each has a key of its own, which HKDF-SHA256 derives from the secret of
// 32 bytes with no salt and the information "assay log key 1", 4 or 6. The keys of types 1 and 4:
//
//	assay.example/log/019d4321-0000-7000-8000-000000000001+f93c4d2a+AbaIhLcXO5OUUeOjdcQdYjh5hgho7Ao+gR+ma4FSHcHU
//	assay.example/log/019d4321-0000-7000-8000-000000000001+c9825668+BFLG563zuH08eJIh62rjdbjtS4f/lOYEaIjR4LKjWZBT
//
// The keys stand in a statement whose digest an entry of the log holds, under the
// name "log-key", and which the organisation's root signs: see [KeyStatement].
//
// A person's line bears as name the SHA-256 of the key's SubjectPublicKeyInfo, as
// hexadecimal. Its kind is 0xff, followed by the text "assay x509 sha256\n": the key id is the first
// four bytes of SHA-256(name || "\n" || 0xff || "assay x509 sha256\n" || SubjectPublicKeyInfo), and the
// signature is that of the text with SHA-256: ECDSA (ASN.1) or RSA (PKCS #1 v1.5).
//
// Before logs had keys a head had four lines: "Assay activity log" and the
// register's identifier, the number of entries, the root, and the time. Only people signed
// it. Such heads are read as they are, and are of the same log as the newer ones:
//
//	Assay activity log 019d4321-0000-7000-8000-000000000001
//	3
//	HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//	time 2026-03-31T10:00:00Z
//
//	— ff7822911053415f47f19f5ea881ae650e9d0f65a52600248b66f4369d1d469d ESpWYzBEAiBffm9yuDXmnLrROXdrMv3sE/KW1XeUd6S1/unZFIxV6wIgBe6wj2gFpqQ2/70C5MfHesPGCEdSeyr7TceIQt04kpc=
//
// # Proofs
//
// That the log of a head holds an entry: the entry's number and leaf hash, the
// size and root, and the audit path of RFC 6962, section 2.1.1.
//
//	Assay log inclusion
//	entry 2 gjJpp7Jt7wo6MllWwC8FBVAY6UWAXOqwf27YXDEeQxs=
//	size 3 HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//	IAoqHZRSGPgoV4ASb3KzngzJGE1F3Ws7pFZ9zArDUzc=
//	WVssWmJbQ11PIOw+pJienT6Q9+eNHrrwi24td+9CChc=
//
// That a log begins with an earlier one, so that a head printed on last year's
// certificate still holds: the two sizes and roots, and the consistency proof
// of section 2.1.2.
//
//	Assay log growth
//	from 2 5LzPLB2s9MKzUE2yUAvXCFlNQ+nebFuM9n7OCJL1Ma8=
//	to 3 HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//	WVssWmJbQ11PIOw+pJienT6Q9+eNHrrwi24td+9CChc=
//
// # The folder of an evidence pack
//
// A [Bundle] is a folder that is checked without a register:
//
//	head.txt                   the signed head
//	key.txt                    the signed statement of the log's keys; absent in packs from before they had keys
//	entries.jsonl              the entries disclosed, one a line
//	proofs.txt                 an inclusion proof for each, with an empty line between; absent where all entries are there
//	rows.jsonl                 rows of the register, each as the newest entry here recorded it: table, key, row; may be absent
//	earlier-NNNN-head.txt      a head that was signed before
//	earlier-NNNN-growth.txt    the proof that the log grew from it
//	earlier-NNNN-token.der     a timestamp (RFC 3161) over the text of that head, without its signatures; may be absent
//
// # What the log shows and what it does not
//
// It shows that nothing was changed, removed or put in before a head that
// somebody else holds: on paper, in a pack, in a mail. It does not show that
// the person named was the one at the keyboard, nor that the clock was right,
// and a register whose heads nobody else holds can be made anew as a whole.
// A row's digest lets one who can guess the row's whole content confirm it.
package ledger
