package jsonx

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"assay/internal/runlog/quote"

	"pgregory.net/rapid"
)

// reads tells whether Value takes s as one JSON value.
func reads(s string) bool {
	p := Value{Bytes: []byte(s)}
	return p.Skip(0) && p.End()
}

// What Value takes is JSON, and what it refuses is not, duplicates and depth
// apart: the standard library is the judge.
func TestJSONLine(t *testing.T) {
	t.Run("agrees with the standard library about what is JSON", func(t *testing.T) {
		for _, s := range []string{
			"1", "-0", "01", "1.", ".5", "1e5", "1E+05", "1e", "-", "+1", "1.5e-7", "0x1", "NaN", `"a"`, `"a`,
			`"\u00e9"`, `"\u00g9"`, `"\u+123"`, `"\x"`, "\"\t\"", `""`,
			"[]", "[1]", "[1,]", "[,1]", "[1 2]", "{}", `{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":}`, "true",
			"tru", "nulll", "", " ", "[[[]]]", "{}{}", `{"a":[{"b":null}]}`, "\u00a01", `"😀"`, `"\ud83d\ude00"`,
			strings.Repeat(" ", 20) + `"` + strings.Repeat("x", 9) + `\n"`, "12345678\"", `"12345678`, `"1234567\`,
		} {
			if got, want := reads(s), json.Valid([]byte(s)); got != want {
				t.Errorf("%q: %v, want %v", s, got, want)
			}
		}
	})
	t.Run("strings come out as the standard library reads them", rapid.MakeCheck(func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "raw") {
			b = []byte(`"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(strings.Map(func(r rune) rune {
				if r < 0x20 {
					return ' '
				}
				return r
			}, s)) + `"`)
		}
		var want string
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		p := Value{Bytes: b}
		if got := p.String("s"); p.Msg != "" || got != want || !p.End() {
			t.Fatalf("%q: got %q (%s), want %q", b, got, p.Msg, want)
		}
	}))
	t.Run("any bytes: valid here means valid there", rapid.MakeCheck(func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune(`{}[]",:\u0aetrfalsn1-.+ é`))).Draw(t, "s")
		if reads(s) && !json.Valid([]byte(s)) {
			t.Fatalf("%q was taken", s)
		}
		if !reads(s) && json.Valid([]byte(s)) && !strings.Contains(s, "{") && !strings.Contains(s, `\u`) {
			t.Fatalf("%q was refused", s)
		}
	}))
	t.Run("what the standard library lets pass is refused", func(t *testing.T) {
		for _, s := range []string{
			`{"a":1,"a":2}`, `"\ud800"`, `"\udc00\ud800"`, "\"\xff\"", "\"\xe9 eight bytes and more\"",
			strings.Repeat("[", 40) + strings.Repeat("]", 40),
		} {
			if reads(s) {
				t.Errorf("%q was taken", s)
			}
		}
	})
}

// The example of RFC 8785, section 3.2.2 and 3.2.3, and the numbers of its appendix B.
func TestCanonicalJSON(t *testing.T) {
	canonical := func(s string) string {
		p := Value{Bytes: []byte(s)}
		b := p.Canonical(nil, "", 0)
		if !p.End() {
			return p.Msg
		}
		return string(b)
	}
	for in, want := range map[string]string{
		`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`: `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\"," +
			"\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
			"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		` [ ] `:               `[]`,
		`"\b\t\f\r\u000b/"`:   `"\b\t\f\r\u000b/"`,
		`{"a":{"z":1,"b":2}}`: `{"a":{"b":2,"z":1}}`,
	} {
		if got := canonical(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0", 0x8000000000000000: "0", 0x0000000000000001: "5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308", 0x4340000000000000: "9007199254740992",
		0x4430000000000000: "295147905179352830000", 0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23", 0x444b1ae4d6e2ef4e: "999999999999999700000", 0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7", 0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332", 0xbecbf647612f3696: "-0.0000033333333333333333",
	} {
		if got := string(AppendNumber(nil, math.Float64frombits(bits))); got != want {
			t.Errorf("%016x: got %s, want %s", bits, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, s := range []string{
		"", "short", strings.Repeat("ŵ", 200), strings.Repeat("😀", 50), strings.Repeat("a", 118) + "😀😀",
	} {
		if c := quote.Clip(s); !utf8.ValidString(c) || len(c) > 124 {
			t.Errorf("%q", c)
		}
	}
}
