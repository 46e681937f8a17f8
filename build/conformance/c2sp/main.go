// Command c2sp asks other authors' libraries for transparency logs what they think of the
// heads, proofs and countersignatures that Assay writes: c2sp FOLDER.
//
// The folder holds log-key.txt (the statement of the log's keys), witness-keys.txt, head.txt,
// add-checkpoint.request, answer.txt, issue.tlog-proof and policy.txt. Prints a line for each
// check: file, check, "pass" or "fail", and why, with tabs between.
//
// It is a module of its own: nothing of it is in the product.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var dir string

func read(name string) []byte {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return b
}

func say(file, check string, detail string, err error) {
	answer := "pass"
	if err != nil {
		answer, detail = "fail", err.Error()
	}
	fmt.Printf("%s\t%s\t%s\t%s\n", filepath.Join(dir, file), check, answer, strings.ReplaceAll(detail, "\n", " "))
}

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return v
}

// keys are a log's or a witness's: Ed25519, timed Ed25519, ML-DSA-44.
type keys struct{ plain, timed, quantum string }

func (k keys) origin() string { name, _, _ := strings.Cut(k.timed, "+"); return name }

// formats gives the verifiers of github.com/transparency-dev/formats, one at a time.
func (k keys) formats() map[string]note.Verifier {
	m := map[string]note.Verifier{
		"timed":  must(fnote.NewVerifierForCosignatureV1(k.timed)),
		"ML-DSA": must(fnote.NewVerifierForCosignatureV1(k.quantum)),
	}
	if k.plain != "" {
		m["Ed25519"] = must(note.NewVerifier(k.plain))
	}
	return m
}

// checkpoint has each of the keys alone check a signed head, by formats' reader of checkpoints.
func checkpoint(signed []byte, origin string, k keys) (*flog.Checkpoint, error) {
	var last *flog.Checkpoint
	for name, v := range k.formats() {
		c, rest, _, err := flog.ParseCheckpoint(signed, origin, v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(rest) > 0 {
			return nil, fmt.Errorf("%s: extension lines %q", name, rest)
		}
		bad := bytes.Replace(
			signed, []byte(origin+"\n"+strconv.FormatUint(c.Size, 10)),
			[]byte(origin+"\n"+strconv.FormatUint(c.Size+1, 10)), 1,
		)
		if _, _, _, err := flog.ParseCheckpoint(bad, origin, v); err == nil {
			return nil, fmt.Errorf("%s: another size passes", name)
		}
		last = c
	}
	return last, nil
}

func main() {
	dir = os.Args[1]
	log := logKeys()
	fields := strings.Fields(string(read("witness-keys.txt")))
	auditor := keys{timed: fields[0], quantum: fields[1]}

	head := read("head.txt")
	c, err := checkpoint(head, log.origin(), log)
	say("head.txt", "checkpoint, formats", size(c), err)
	say("head.txt", "checkpoint, torchwood", log.origin(), torchwoodReads(head, log))

	// The request to a witness, taken apart as tlog-witness has it, and its answer.
	request := read("add-checkpoint.request")
	before, asked, _ := bytes.Cut(request, []byte("\n\n"))
	old, hashes, _ := strings.Cut(string(before), "\n")
	_, err = checkpoint(asked, log.origin(), log)
	if err == nil && (!strings.HasPrefix(old, "old ") || len(strings.Fields(hashes)) > 63) {
		err = fmt.Errorf("first line %q", old)
	}
	say("add-checkpoint.request", "add-checkpoint", old, err)
	answered := append(bytes.Clone(asked), read("answer.txt")...)
	_, err = checkpoint(answered, log.origin(), keys{timed: auditor.timed, quantum: auditor.quantum})
	say("answer.txt", "cosignatures, formats", auditor.origin(), err)

	p, err := inLog(read("issue.tlog-proof"), log, auditor)
	say("issue.tlog-proof", "tlog-proof", fmt.Sprintf("index %d", p.Index), err)
	say("policy.txt", "tlog-policy", "quorum", policyHolds(string(read("policy.txt")), p.Checkpoint, asked))
}

// logKeys are those of log-key.txt, in the order in which it states them.
func logKeys() (log keys) {
	for _, line := range strings.Split(string(read("log-key.txt")), "\n") {
		if k, ok := strings.CutPrefix(line, "key "); ok {
			switch {
			case log.plain == "":
				log.plain = k
			case log.timed == "":
				log.timed = k
			default:
				log.quantum = k
			}
		}
	}
	return log
}

// torchwoodReads has torchwood read a signed head.
func torchwoodReads(head []byte, log keys) error {
	n, err := note.Open(head, note.VerifierList(must(note.NewVerifier(log.plain))))
	if err != nil {
		return err
	}
	p, err := torchwood.ParseCheckpoint(n.Text)
	if err == nil && (p.Origin != log.origin() || p.Extension != "" || len(n.UnverifiedSigs) == 0) {
		err = fmt.Errorf("origin %q, extension %q, %d further lines", p.Origin, p.Extension, len(n.UnverifiedSigs))
	}
	return err
}

// inLog reads the proof that an entry is in the log, and holds it to the log's and the witness's keys.
func inLog(text []byte, log, auditor keys) (p proof.TLogProof, err error) {
	if err := p.Unmarshal(text); err != nil {
		return p, err
	}
	c, err := checkpoint(p.Checkpoint, log.origin(), log)
	if err != nil {
		return p, err
	}
	if _, err := checkpoint(p.Checkpoint, log.origin(), auditor); err != nil {
		return p, fmt.Errorf("the witness's lines: %w", err)
	}
	path := make(tlog.RecordProof, len(p.Hashes))
	for i, h := range p.Hashes {
		path[i] = h
	}
	leaf := tlog.RecordHash(p.ExtraData) // the extra data is the entry's line
	if err := tlog.CheckRecord(path, int64(c.Size), tlog.Hash(c.Hash), int64(p.Index), leaf); err != nil {
		return p, err
	}
	if !bytes.HasPrefix(p.ExtraData, fmt.Appendf(nil, `{"seq":%d,`, p.Index+1)) {
		return p, errors.New("the entry bears another number")
	}
	if !bytes.Equal(p.Marshal(), text) {
		return p, errors.New("formats writes it in another way")
	}
	return p, nil
}

// policyHolds holds a countersigned and a bare head to the policy. formats' reader wants an
// address for each witness, which the format leaves open.
func policyHolds(policy string, countersigned, bare []byte) error {
	var text strings.Builder
	for line := range strings.Lines(policy) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "witness ") {
			line += " https://witness.example/"
		}
		text.WriteString(line + "\n")
	}
	g, err := witness.ParsePolicy([]byte(text.String()))
	if err != nil {
		return err
	}
	if !g.Satisfied(countersigned) {
		return errors.New("the countersigned head does not satisfy it")
	}
	if g.Satisfied(bare) {
		return errors.New("a head that nobody countersigned satisfies it")
	}
	return nil
}

func size(c *flog.Checkpoint) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%d entries", c.Size)
}
