package witness

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
)

// Policy says when a head is witnessed well enough: which logs, which witnesses,
// and how many of them must have countersigned it. Its text is c2sp.org/tlog-policy:
//
//	log assay.example/log/019d4321-0000-7000-8000-000000000001+f93c4d2a+AbaIhLcXO5OUUeOjdcQdYjh5hgho7Ao+gR+ma4FSHcHU
//	witness auditor auditor.example+4867562f+BLiT6RO8onn0hBUXevCwA/N2bD21Tllq8P/I5Fo525tn
//	quorum auditor
type Policy struct {
	Logs      []ledger.VerifierKey
	Witnesses []Named
	Groups    []Group
	Quorum    string // name of a witness or group; "none": no countersignature is asked for
}

// Named is a witness under the name that the policy gives it.
type Named struct {
	Name string
	Key  ledger.VerifierKey
}

// Group counts as having countersigned where enough of its members have.
type Group struct {
	Name    string
	Need    int
	Members []string // names of witnesses and of groups that stand before it
}

const noQuorum = "none"

// maxPolicy bounds a policy in bytes; a key of ML-DSA-44 takes 1,800.
const maxPolicy = 1 << 20

// FormatPolicy writes a policy's text: logs, witnesses, groups, quorum, a line each.
func FormatPolicy(p Policy) []byte {
	var b []byte
	for _, k := range p.Logs {
		b = fmt.Appendf(b, "log %s\n", k)
	}
	for _, w := range p.Witnesses {
		b = fmt.Appendf(b, "witness %s %s\n", w.Name, w.Key)
	}
	for _, g := range p.Groups {
		b = fmt.Appendf(b, "group %s %d %s\n", g.Name, g.Need, strings.Join(g.Members, " "))
	}
	return fmt.Appendf(b, "quorum %s\n", p.Quorum)
}

// ParsePolicy reads a policy, ours or another program's: in any order that the
// format allows, with comments; addresses are passed over. Errors: unreadable, with the line.
func ParsePolicy(text []byte) (Policy, error) {
	var p Policy
	if len(text) > maxPolicy {
		return p, fault.Unreadable("", "This policy is longer than 1 MB.")
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return p, fault.Unreadable("", "The last line of this policy is cut short.")
	}
	for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }) {
			return Policy{}, fault.Unreadable(fmt.Sprintf("line %d", n+1), "A policy holds no control characters.")
		}
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := p.take(fields); err != nil {
			return Policy{},
				fault.Unreadable(fmt.Sprintf("line %d", n+1), "This line of the policy cannot be read: %v.", err)
		}
	}
	if p.Quorum == "" {
		return Policy{}, fault.Unreadable("", "This policy has no quorum line.")
	}
	return p, nil
}

// take reads one line.
func (p *Policy) take(fields []string) error {
	switch kind := fields[0]; {
	case kind == "log" && (len(fields) == 2 || len(fields) == 3):
		k, err := ledger.ParseVerifierKey(fields[1])
		if err != nil {
			return err
		}
		if slices.ContainsFunc(p.Logs, func(l ledger.VerifierKey) bool { return l.Key == k.Key }) {
			return fmt.Errorf("the log's key stands in it twice")
		}
		p.Logs = append(p.Logs, k)
	case kind == "witness" && (len(fields) == 3 || len(fields) == 4):
		k, err := ledger.ParseVerifierKey(fields[2])
		if err != nil {
			return err
		}
		if k.Type == ledger.Plain {
			return fmt.Errorf("the key of witness %q makes no cosignatures", fields[1])
		}
		if slices.ContainsFunc(p.Witnesses, func(w Named) bool { return w.Key.Key == k.Key }) {
			return fmt.Errorf("the witness's key stands in it twice")
		}
		if err := p.newName(fields[1]); err != nil {
			return err
		}
		p.Witnesses = append(p.Witnesses, Named{Name: fields[1], Key: k})
	case kind == "group" && len(fields) >= 4:
		return p.takeGroup(fields[1], fields[2], fields[3:])
	case kind == "quorum" && len(fields) == 2:
		if p.Quorum != "" {
			return fmt.Errorf("there is a quorum line before it")
		}
		if fields[1] != noQuorum && !p.named(fields[1]) {
			return fmt.Errorf("nothing before it is called %q", fields[1])
		}
		p.Quorum = fields[1]
	default:
		return fmt.Errorf("it begins with %q and has %d words", kind, len(fields))
	}
	return nil
}

func (p *Policy) takeGroup(name, need string, members []string) error {
	g := Group{Name: name, Members: members}
	switch need {
	case "any":
		g.Need = 1
	case "all":
		g.Need = len(members)
	default:
		n, err := strconv.Atoi(need)
		if err != nil || n < 1 || n > len(members) || strconv.Itoa(n) != need {
			return fmt.Errorf("%q is no number of its members", need)
		}
		g.Need = n
	}
	for i, m := range members {
		taken := slices.Contains(members[:i], m) ||
			slices.ContainsFunc(p.Groups, func(o Group) bool { return slices.Contains(o.Members, m) })
		switch {
		case !p.named(m):
			return fmt.Errorf("nothing before it is called %q", m)
		case taken: // or one witness would count twice
			return fmt.Errorf("%q is a member already", m)
		}
	}
	if err := p.newName(name); err != nil {
		return err
	}
	p.Groups = append(p.Groups, g)
	return nil
}

func (p *Policy) newName(name string) error {
	if name == noQuorum || p.named(name) {
		return fmt.Errorf("the name %q is taken", name)
	}
	return nil
}

func (p *Policy) named(name string) bool {
	return slices.ContainsFunc(p.Witnesses, func(w Named) bool { return w.Name == name }) ||
		slices.ContainsFunc(p.Groups, func(g Group) bool { return g.Name == name })
}

// Verdict is what a policy says of a head.
type Verdict struct {
	Head      ledger.Head
	Witnesses []string // names, in the policy, of those that countersigned it
	Enough    bool     // the quorum is reached
}

// Judge opens a signed head by the policy: one of its logs must have signed it. Where the
// policy names no log, the caller's keys stand for them. Errors: unreadable, tampered.
func (p Policy) Judge(signed []byte, logs ...crypto.PublicKey) (Verdict, error) {
	head, err := ledger.PeekHead(signed)
	if err != nil {
		return Verdict{}, err
	}
	if len(p.Logs) > 0 {
		logs = nil
		for _, k := range p.Logs {
			if k.Name == head.Origin { // a key speaks for the log of its name alone
				logs = append(logs, k)
			}
		}
		if len(logs) == 0 {
			return Verdict{}, fault.Tampered("The head is of the log %q, which the policy does not name.", head.Origin)
		}
	}
	if head, _, err = ledger.OpenHead(signed, logs...); err != nil {
		return Verdict{}, err
	}
	v := Verdict{Head: head}
	for _, w := range p.Witnesses {
		_, _, err := ledger.OpenHead(signed, w.Key)
		switch {
		case err == nil:
			v.Witnesses = append(v.Witnesses, w.Name)
		case !errors.Is(err, ledger.ErrUnknownSigner):
			return Verdict{}, err // a known witness's signature that is wrong
		}
	}
	v.Enough = p.Quorum == noQuorum || p.witnessed(p.Quorum, v.Witnesses)
	return v, nil
}

func (p Policy) witnessed(name string, by []string) bool {
	i := slices.IndexFunc(p.Groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return slices.Contains(by, name)
	}
	n := 0
	for _, m := range p.Groups[i].Members {
		if p.witnessed(m, by) {
			n++
		}
	}
	return n >= p.Groups[i].Need
}
