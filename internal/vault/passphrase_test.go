package vault

import (
	"strings"
	"testing"
)

func TestCheckPassphrase(t *testing.T) {
	for _, refused := range []string{
		"short", "password", "Password1", "P@ssw0rd2026!", "passw0rd", "12345678", "123456789", "87654321",
		"qwertyuiop",
		"1q2w3e4r", "1qaz2wsx", "poiuytrewq", "Welcome2026!", "welcome1", "letmein99", "Liverpool1", "iloveyou!!",
		"aaaaaaaa", "abababab", "abcabcabcabc", "hello hello ", "11111111", "Summer2026", "October26!", "2026council",
		"Data Protection 1", "changeme123", "00000000000000", "😀😀😀😀😀😀😀😀", "trustno1", "TrustNo1!",
		strings.Repeat("fish", 9),
		"bad\xff bytes here",
	} {
		if err := CheckNewPassphrase(refused); err == nil {
			t.Errorf("%q is taken", refused)
		}
	}
	for _, taken := range []string{
		"correct horse battery", "four plain words here", "brackenmere sample council", "tiger-lamp 42 oven",
		"pass the salt, Wendy", "Trichter-Wölfe über Ems", "x8#qLm2!vR", "the password is fishbone",
		"summer in Aberystwyth",
	} {
		if err := CheckNewPassphrase(taken); err != nil {
			t.Errorf("%q: %v", taken, err)
		}
	}
}

func TestStrength(t *testing.T) {
	last := -1
	for _, p := range []string{
		"Password1", "tiger lamp", "tiger lamp 42", "tiger lamp oven glass", "tiger lamp oven glass moth river",
	} {
		s := StrengthOf(p)
		if s.Level <= last {
			t.Errorf("%q has level %d (%d bits), the weaker one before %d", p, s.Level, s.Bits, last)
		}
		last = s.Level
	}
	if s := StrengthOf("Password1"); s.Level != 0 || s.Refused == "" {
		t.Errorf("a common one is not refused: %+v", s)
	}
	if one, twice := StrengthOf("tiger lamp oven"), StrengthOf("tiger lamp oven tiger lamp"); twice.Bits > one.Bits+2 {
		t.Errorf("repeated words count: %d, then %d bits", one.Bits, twice.Bits)
	}
}

func TestProposePassphrase(t *testing.T) {
	a, err := ProposePassphrase(6)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := ProposePassphrase(6)
	if a == b || len(strings.Fields(a)) != 6 {
		t.Errorf("%q, then %q", a, b)
	}
	if s := StrengthOf(a); s.Level < 3 && s.Refused == "" {
		t.Errorf("%q: %+v", a, s)
	}
}
