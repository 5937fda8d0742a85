package cef_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/ingest/cef"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"the standard's first example", `CEF:0|Security|threatmanager|1.0|100|worm successfully stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232`,
			"0|Security|threatmanager|1.0|100|worm successfully stopped|10 src(10.0.0.1) dst(2.1.2.2) spt(1232)"},
		{"a pipe in a field", `CEF:0|security|threatmanager|1.0|100|detected a \| in message|10|src=10.0.0.1 act=blocked a | dst=1.1.1.1`,
			"0|security|threatmanager|1.0|100|detected a | in message|10 src(10.0.0.1) act(blocked a |) dst(1.1.1.1)"},
		{"a backslash in a field and in a value", `CEF:0|security|threatmanager|1.0|100|detected a \\ in packet|10|act=blocked a \\ dst=1.1.1.1`,
			`0|security|threatmanager|1.0|100|detected a \ in packet|10 act(blocked a \) dst(1.1.1.1)`},
		{"an equals sign in a value", `CEF:0|a|b|c|d|e|1|act=blocked a \= dst=1.1.1.1`, "0|a|b|c|d|e|1 act(blocked a =) dst(1.1.1.1)"},
		{"lines in a value", `CEF:0|a|b|c|d|e|1|msg=Detected a threat.\n No action needed. x=1`, "0|a|b|c|d|e|1 msg(Detected a threat.\n No action needed.) x(1)"},
		{"an address with unescaped equals signs", `CEF:0|a|b|c|d|e|1|request=http://x/?a=b&c=d suser=u`, "0|a|b|c|d|e|1 request(http://x/?a=b&c=d) suser(u)"},
		{"a path with unescaped backslashes", `CEF:0|a|b|c|d|e|1|fname=C:\temp\x fsize=3`, `0|a|b|c|d|e|1 fname(C:\temp\x) fsize(3)`},
		{"a value with an equals sign at once", `CEF:0|a|b|c|d|e|1|msg=x=1 y=2`, "0|a|b|c|d|e|1 msg(x=1) y(2)"},
		{"an empty value", `CEF:0|a|b|c|d|e|1|cs1= cs2=x`, "0|a|b|c|d|e|1 cs1() cs2(x)"},
		{"spaces at a value's end", `CEF:0|a|b|c|d|e|1|cs1=y   cs2=x  `, "0|a|b|c|d|e|1 cs1(y) cs2(x)"},
		{"no extension", `CEF:1|a|b|c|d|e|High|`, "1|a|b|c|d|e|High"},
		{"no pipe at the end", `CEF:0|a|b|c|d|e|5` + "\r\n", "0|a|b|c|d|e|5"},
		{"a space after the colon", `CEF: 0|a|b|c|d|e|5|x=1`, "0|a|b|c|d|e|5 x(1)"},
		{"a key twice", `CEF:0|a|b|c|d|e|5|x=1 x=2`, "0|a|b|c|d|e|5 x(1) repeated 1"},
		{"text before the first key", `CEF:0|a|b|c|d|e|5|hello there x=1`, "0|a|b|c|d|e|5 x(1) stray 11"},
		{"a backslash at the very end", `CEF:0|a|b|c|d|e|5|x=1\`, `0|a|b|c|d|e|5 x(1\)`},
		{"keys with dots and places", `CEF:0|a|b|c|d|e|5|ad.x=1 y[0]=2`, "0|a|b|c|d|e|5 ad.x(1) y[0](2)"},
	} {
		m, err := cef.Parse([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := inWords(m); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	for in, want := range map[string]error{
		"": cef.ErrNone, "LEEF:1.0|a": cef.ErrNone, "CEF:0|a|b|c|d|e": cef.ErrHeader, "CEF:x|a|b|c|d|e|5|": cef.ErrHeader, "CEF:|a|b|c|d|e|5|": cef.ErrHeader,
		`CEF:0|a|b|c|d|e\|5`: cef.ErrHeader,
	} {
		if _, err := cef.Parse([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}

func inWords(m *cef.Message) string {
	s := strings.Join([]string{m.Version, m.Vendor, m.Product, m.Release, m.Class, m.Name, m.Severity}, "|")
	for _, p := range m.Pairs {
		s += fmt.Sprintf(" %s(%s)", p.Key, p.Value)
	}
	if m.Repeated > 0 {
		s += fmt.Sprint(" repeated ", m.Repeated)
	}
	if m.Stray > 0 {
		s += fmt.Sprint(" stray ", m.Stray)
	}
	return s
}

func TestLabelsNameTheirKeys(t *testing.T) {
	m, err := cef.Parse([]byte(`CEF:0|a|b|c|d|e|1|cs1Label=Case Number cs1=ST 14/26 cs2=x flexString1Label=alone`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for names, value := range m.Fields() {
		if !strings.HasPrefix(names[0], "cef.") {
			got = append(got, names[0]+"/"+names[1]+"="+value)
		}
	}
	if s := strings.Join(got, " "); s != "cs1/Case Number=ST 14/26 cs2/=x flexString1Label/=alone" {
		t.Error(s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`CEF:0|security|threatmanager|1.0|100|detected a \| in message|10|src=10.0.0.1 act=blocked a | dst=1.1.1.1`))
	f.Add([]byte(`CEF:0|a|b|c|d|e|1|cs1Label=Case cs1=ST\=14 request=http://x/?a=b fname=C:\temp\n\\`))
	f.Add([]byte("CEF: 1|||||||x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := cef.Parse(b)
		if err != nil {
			if !errors.Is(err, cef.ErrNone) && !errors.Is(err, cef.ErrHeader) {
				t.Fatal(err)
			}
			return
		}
		n := 0
		for names, value := range m.Fields() {
			n += len(value)
			if utf8.Valid(b) && !utf8.ValidString(names[0]+names[1]+value) {
				t.Fatal("text that is none was made of text")
			}
		}
		if n > len(b) {
			t.Fatalf("%d bytes of values from %d", n, len(b))
		}
		seen := map[string]bool{}
		for _, p := range m.Pairs {
			if p.Key == "" || seen[p.Key] {
				t.Fatalf("key %q", p.Key)
			}
			seen[p.Key] = true
		}
	})
}

func BenchmarkParse(b *testing.B) {
	one := []byte(`CEF:0|Example|Face Search|4.1|search|Face search|3|rt=1777626000000 externalId=88123 suser=u4711 suid=S-1-5-21 src=10.1.2.3 cs1Label=Case cs1=ST 14/26 cs2Label=Probe cs2=sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962 cs3Label=Databases cs3=ifrs,inpol reason=unidentified person outcome=NO_HIT cnt=0`)
	b.SetBytes(int64(len(one)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cef.Parse(one); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
