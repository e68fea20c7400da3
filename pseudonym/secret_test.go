package pseudonym

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"
)

// holder is what a careless log line prints: a struct of ours that holds
// secrets in exported and unexported fields, by pointer and by value.
type holder struct {
	Shown  *Secret
	hidden *Secret
	value  Secret
	Sub    *Subkey
	sub    Subkey
	h      *Hasher
	hv     Hasher
	ff1    *FF1
	f      FF1
	prefix PrefixCipher
	pan    CryptoPAn
	whole  AddressCipher
	List   []*Secret
	Map    map[string]Secret
}

// TestUnprintable looks for the bytes of a secret, and of what is made of it,
// in whatever spelling fmt, slog and the marshalers give them.
func TestUnprintable(t *testing.T) {
	s := &Secret{m: seal(new(material))}
	for i := range s.m().b {
		s.m().b[i] = byte(0xa1 + 5*i)
	}
	k := s.Subkey("t", "r", "p", "d", "0")
	ck := s.SubkeyOf(AESCMAC, "t", "r", "p", "d", "0")
	h := NewHasher()
	sum := h.Sum(k, "imei", []byte("35341780368597"))
	ff1, err := s.FF1(10, "t", "r", "p", "d", "0")
	if err != nil {
		t.Fatal(err)
	}
	prefix, err := s.PrefixCipher("t", "r", "p", "d", "0")
	if err != nil {
		t.Fatal(err)
	}
	pan, whole := s.CryptoPAn("t", "r", "p", "d", "0"), s.AddressCipher("t", "r", "p", "d", "0")
	held := holder{s, s, *s, k, *k, h, *h, ff1, *ff1, *prefix, *pan, *whole, []*Secret{s}, map[string]Secret{"k": *s}}

	out := map[string]string{}
	values := map[string]any{
		"secret": s, "secret value": *s, "subkey": k, "subkey value": *k, "cmac": ck, "hasher": h, "hasher value": *h,
		"holder": held, "holder pointer": &held,
		"ff1": ff1, "ff1 value": *ff1, "prefix": prefix, "prefix value": *prefix, "pan": pan, "pan value": *pan, "whole": whole, "whole value": *whole,
		"slice":   []Secret{*s},
		"wrapped": fmt.Errorf("using %v: %w", s, errors.New("boom")),
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%b", "%o", "%c", "%U", "%e", "%t", "%40v", "%T"} {
			out[name+" "+verb] = fmt.Sprintf(verb, v)
		}
		out[name+" Sprint"] = fmt.Sprint(v) + fmt.Sprintln(v)
		if b, err := json.Marshal(v); err == nil {
			out[name+" json"] = string(b)
		}
		if b, err := xml.Marshal(v); err == nil {
			out[name+" xml"] = string(b)
		}
		var gobbed, logged bytes.Buffer
		if gob.NewEncoder(&gobbed).Encode(v) == nil {
			out[name+" gob"] = gobbed.String()
		}
		slog.New(slog.NewTextHandler(&logged, nil)).Info("m", "k", v)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("m", "k", v, slog.Group("g", slog.Any("k", v)))
		out[name+" slog"] = logged.String()
		var made bytes.Buffer
		template.Must(template.New("").Parse("{{.}} {{printf \"%x\" .}}")).Execute(&made, v)
		out[name+" template"] = made.String()
	}

	var tokens []string
	derived := func(cipher string, size int) []byte {
		return s.derive([]string{version, "t", "r", "p", "d", "0", cipher}, size)
	}
	for _, b := range [][]byte{
		derived("ff1", 32), derived("ipcrypt-pfx", 32), derived("crypto-pan", 32), derived("ipcrypt-deterministic", 16), derived("aes-cmac", 16), s.m().b[:], k.hmac().inner[4:36], k.hmac().outer[4:36], s.derive([]string{version, "t", "r", "p", "d", "0"}, SecretSize),
	} {
		for i := 0; i+4 <= len(b); i += 4 {
			tokens = append(tokens, spellings(b[i:i+4])...)
		}
	}
	tokens = append(tokens, spellings(sum[:])...)
	for where, text := range out {
		for _, token := range tokens {
			if strings.Contains(text, token) {
				t.Fatalf("%s shows key material: %s", where, text)
			}
		}
	}

	for _, name := range []string{"secret", "subkey", "cmac", "hasher", "ff1", "prefix", "pan", "whole"} {
		for _, how := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := out[name+" "+how]; got != shown {
				t.Errorf("%s as %s is %q", name, how, got)
			}
		}
		if got := out[name+" json"]; got != `"[secret]"` {
			t.Errorf("%s as JSON is %s", name, got)
		}
		if !strings.Contains(out[name+" slog"], shown) {
			t.Errorf("%s in slog is %s", name, out[name+" slog"])
		}
	}
	if y, err := s.MarshalYAML(); y != shown || err != nil {
		t.Errorf("MarshalYAML gives %v, %v", y, err)
	}
}

// spellings are ways in which four or more bytes of a key may end up in text.
func spellings(b []byte) []string {
	list := func(format, sep string) string {
		var parts []string
		for _, c := range b {
			parts = append(parts, fmt.Sprintf(format, c))
		}
		return strings.Join(parts, sep)
	}
	return []string{
		string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)),
		list("%d", " "), list("%d", ","), list("%d", ", "), list("%02x", " "), list("0x%x", ", "), list("0x%02x", ","),
		fmt.Sprintf("%q", b)[1 : len(fmt.Sprintf("%q", b))-1],
		// As AES keeps its first round key: words of either order.
		fmt.Sprint(binary.BigEndian.Uint32(b)), fmt.Sprint(binary.LittleEndian.Uint32(b)),
	}
}

// TestSpellingsFind holds TestUnprintable to account: the same search finds a
// type that does print.
func TestSpellingsFind(t *testing.T) {
	b := material{}
	for i := range b.b {
		b.b[i] = byte(0xa1 + 5*i)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
		text, found := fmt.Sprintf(verb, b), false
		for _, token := range spellings(b.b[4:8]) {
			found = found || strings.Contains(text, token)
		}
		if !found {
			t.Errorf("%s: not found in %s", verb, text)
		}
	}
}

func TestTestSecret(t *testing.T) {
	a := TestSecret("join-analytics")
	switch {
	case !a.IsTest():
		t.Error("a test secret does not say so")
	case !a.Equal(TestSecret("join-analytics")):
		t.Error("the same name gives another secret")
	case a.Equal(TestSecret("join-academic")):
		t.Error("another name gives the same secret")
	case len(a.ID()) != 8 || a.ID() == TestSecret("join-academic").ID():
		t.Error("the id does not tell secrets apart")
	}
	real := &Secret{m: seal(&material{b: a.m().b})}
	if real.IsTest() || !real.Equal(a) {
		t.Error("IsTest is told from the bytes")
	}
}
