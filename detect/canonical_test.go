package detect

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"redactor/internal/race"
)

// nobodyHere and unfitHere stand for the two results that append nothing.
const (
	nobodyHere = "\x00nobody"
	unfitHere  = "\x00unfit"
)

func canonical(c Class, v string) string {
	out, canon := AppendCanonical([]byte("["), c, []byte(v))
	switch {
	case canon == CanonOK:
		return string(out[1:])
	case len(out) != 1:
		return "\x00appended and refused"
	case canon == CanonPlaceholder:
		return nobodyHere
	}
	return unfitHere
}

// TestCanonical: every line is one identifier in several spellings.
func TestCanonical(t *testing.T) {
	for _, line := range []struct {
		c         Class
		want      string
		spellings []string
	}{
		{IMEI, "35693803564380", []string{
			"356938035643809", "35693803564380", "356938035643801", "3569380356438012", "35-693803-564380-9",
			"35 693803 564380 9", "35.693803.564380.9", "35693803/564380/9", "3.56938035643809e14", "3.56938035643809E+14",
			"356938035643809.0",
		}},
		{IMEI, "35693803564380", []string{" 356938035643809\n", "３５６９３８０３５６４３８０９", "356938035643809/01", "\ufeff356938035643809", "35‑693803‑564380‑9", "356938035643809.000"}},
		{IMEI, "01245400182345", []string{"012454001823454", "012454001823455", "01245400182345", "12454001823454"}},
		{IMEI, nobodyHere, []string{"000000000000000", "00000000000000", "0", "0000000000000000", "unknown", "NULL", "n/a", "", " ", "004999010640000", "0000000000000001"}},
		{IMEI, unfitHere, []string{"abc", "35693803564380a", "3569380356438", "35693803564380912", "-356938035643809", "356938035643809-",
			"3569380356438091234567890123456789012345678901234567890", "true", "356938035643809,356938035643817", "3.5e400", "٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩"}},
		{MEID, "AF0123450ABCDE", []string{"AF0123450ABCDE", "af0123450abcde", "AF 01 23 45 0A BC DE C", "AF-01-23-45-0A-BC-DE", "AF0123450ABCDEC",
			"293608736500703710", "29360 87365 0070 3710 0", "2936087365-00703710"}},
		{MEID, "99000012345678", []string{"99000012345678", "990000123456780", "9.9000012345678e13"}},
		{MEID, nobodyHere, []string{"00000000000000", "FFFFFFFFFFFFFF", "FFFFFFFFFFFFFF1", "000000000000000000", "0000000000000000001", "0", "unknown"}},
		{MEID, unfitHere, []string{"AF0123450ABCD", "AF0123450ABCDG", "999999999900703710", "293608736599999999", "AF0123450ABCDE1234"}},
		{IMSI, "460001234567890", []string{"460001234567890", "460-00-1234567890", "460 00 1234567890", "4.60001234567890e14", "460001234567890.0"}},
		{IMSI, nobodyHere, []string{"000000000000000", "null"}},
		{IMSI, unfitHere, []string{"46000", "4600012345678901", "imsi", "460001234567890x"}},
		{ICCID, "89860012345678901238", []string{"89860012345678901238", "8986 0012 3456 7890 1238", "89860012345678901238.0"}},
		{ICCID, "8931440231415916409", []string{"8931440231415916409F", "8931440231415916409", "8931440231415916409f", "8931-4402-3141-5916-409F"}},
		{ICCID, "8986001234F678901234", []string{"8986001234F678901234", "8986001234f678901234"}},
		{ICCID, nobodyHere, []string{"00000000000000000000", "(null)"}},
		{ICCID, unfitHere, []string{"89860012345678901", "89860012345678901238123", "89860012345678G01238"}},
		{Serial, "R58M123ABC", []string{"R58M123ABC", " R58M123ABC "}},
		{Serial, "r58m123abc", []string{"r58m123abc"}},
		{Serial, nobodyHere, []string{"unknown", "UNKNOWN", "0123456789ABCDEF", "00000000", "0"}},
		{Device, "6d92078a-8246-4ba4-ae5b-76104861e7dc", []string{"6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc", "6D92078A82464BA4AE5B76104861E7DC"}},
		{Device, "3f8a9c2d1e4b5a67", []string{"3f8a9c2d1e4b5a67", "3F8A9C2D1E4B5A67"}},
		{Device, "dev-Kitchen-7", []string{"dev-Kitchen-7"}},
		{Device, nobodyHere, []string{"00000000-0000-0000-0000-000000000000", "9774d56d682e549c", "9774D56D682E549C", "0000000000000000", "00000000000000000000000000000000", "0"}},
		{UUID, "6d92078a-8246-4ba4-ae5b-76104861e7dc", []string{"6D92078A-8246-4BA4-AE5B-76104861E7DC", "{6d92078a-8246-4ba4-ae5b-76104861e7dc}",
			"(6d92078a-8246-4ba4-ae5b-76104861e7dc)", "urn:uuid:6d92078a-8246-4ba4-ae5b-76104861e7dc", "URN:UUID:6D92078A82464BA4AE5B76104861E7DC"}},
		{UUID, nobodyHere, []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{00000000-0000-0000-0000-000000000000}"}},
		{UUID, unfitHere, []string{"6d92078a-8246-4ba4-ae5b-76104861e7d", "6d92078a8-246-4ba4-ae5b-76104861e7dc", "6d92078a-8246-4ba4-ae5b-76104861e7dg", "{6d92078a-8246-4ba4-ae5b-76104861e7dc", "urn:uuid:"}},
		{MAC, "00005e005301", []string{"00:00:5E:00:53:01", "00-00-5e-00-53-01", "0000.5e00.5301", "00005e005301", "00005E005301", "00_00_5e_00_53_01", "00 00 5e 00 53 01", "0:0:5e:0:53:1"}},
		{MAC, "0200000000000001", []string{"02:00:00:00:00:00:00:01", "0200.0000.0000.0001"}},
		{MAC, nobodyHere, []string{"02:00:00:00:00:00", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "FFFFFFFFFFFF", "unknown", "020000000000"}},
		{MAC, unfitHere, []string{"00:00:5e:00:53", "00:00:5e:00:53:01:02", "10:2F:33-AC-29-C3", "00:00:5e:00:53:0g", "000:0:5e:00:53:01", "00::5e:00:53:01", ":00:00:5e:00:53:01",
			"00:00:5e:00:53:01:", "0.0.0", "00/00/5e/00/53/01", "00005e00530"}},
		{IP, "192.0.2.128", []string{"192.0.2.128", "192.0.2.128:443", "::ffff:192.0.2.128", "::FFFF:c000:280", "[::ffff:192.0.2.128]:8080", "0:0:0:0:0:ffff:192.0.2.128"}},
		{IP, "2001:db8::8:800:200c:417a", []string{"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a", "[2001:db8::8:800:200c:417a]", "[2001:db8::8:800:200c:417a]:443", "2001:db8::8:800:200c:417a%eth0", "[2001:db8::8:800:200c:417a%25eth0]:1", "2001:db8::8:800:32.12.65.122"}},
		{IP, "fe80::1", []string{"fe80::1%wlan0", "fe80::1", "FE80:0:0:0:0:0:0:1"}},
		{IP, "::1", []string{"::1"}},
		{IP, "1::", []string{"1::", "1:0:0:0:0:0:0:0"}},
		{IP, nobodyHere, []string{"0.0.0.0", "::", "unknown", "[::]:80", "::ffff:0.0.0.0"}},
		{IP, unfitHere, []string{"192.0.2.0/24", "2001:db8::/32", "010.001.002.003", "192.0.2.256", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:1:2", "::1::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8",
			"[1.2.3.4]:80", "[::1", "[::1]80", "::1%", "g::1", "1.2.3.4%eth0", "localhost", "12345::", "1:2:3:4:5:6:7:1.2.3.4", ":::", "::1.2.3.4.5", "1.2.3.4, 5.6.7.8"}},
		{Phone, "+8613800138000", []string{"13800138000", "+8613800138000", "8613800138000", "008613800138000", "+86 138-0013-8000", "138 0013 8000", "138.0013.8000", "(+86)138-0013-8000", "（+86）138-0013-8000",
			"tel:+86-138-0013-8000", "013800138000", "1.3800138e10", "13800138000.0", "\u202a+86 138 0013 8000\u202c", "＋８６１３８００１３８０００", "+86 0138 0013 8000"}},
		{Phone, "+861062345678", []string{"+86 10 6234 5678", "+86-010-62345678", "0086 10 62345678"}},
		{Phone, "01062345678", []string{"010-62345678", "(010) 6234 5678"}},
		{Phone, "+14155550100", []string{"+1 (415) 555-0100", "+1.415.555.0100", "0014155550100"}},
		{Phone, "4155550100", []string{"415-555-0100", "(415) 555-0100"}},
		{Phone, nobodyHere, []string{"00000000000", "0", "-", "null"}},
		{Phone, unfitHere, []string{"138****8000", "+", "12", "+123", "+12345678901234567", "415-555-0100 ext 5", "++8613800138000", "138+0013", "-13800138000", "+0123456789"}},
		{Email, "Alice.B@example.com", []string{"Alice.B@example.com", "Alice.B@EXAMPLE.com", " Alice.B@Example.Com\t", "Alice.B@example.com.", "Alice.B＠example.com"}},
		{Email, "alice.b@example.com", []string{"alice.b@example.com"}},
		{Email, `"a@b"@example.com`, []string{`"a@b"@EXAMPLE.com`}},
		{Email, unfitHere, []string{"@example.com", "alice", "alice@", "alice@.", "Alice <a@b.c>", strings.Repeat("a", 400) + "@b.c"}},
		{IDCard, "11010519491231002X", []string{"11010519491231002X", "11010519491231002x", "110105 19491231 002x", "１１０１０５１９４９１２３１００２Ｘ", "110105491231002"}},
		{IDCard, "110105194912310021", []string{"110105194912310021", "110105-19491231-0021"}},
		{IDCard, "110105499931002", []string{"110105499931002"}},
		{IDCard, "E12345678", []string{"E12345678", "e12345678", "e 1234 5678"}},
		{IDCard, nobodyHere, []string{"000000000000000000"}},
		{IDCard, unfitHere, []string{"1234", "123456789012345678901", "无", "AB:123456"}},
		{BankCard, "4111111111111111", []string{"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111.0"}},
		{BankCard, "6212345678901234569", []string{"6212345678901234569"}},
		{BankCard, "DE89370400440532013000", []string{"DE89 3704 0044 0532 0130 00", "de89370400440532013000"}},
		{BankCard, nobodyHere, []string{"0000000000000000"}},
		{BankCard, unfitHere, []string{"41111111111", "41111111111111111111", "4111 **** **** 1111", "DEXX370400440532013000", "DE89"}},
		{Plate, "京A12345", []string{"京A12345", "京A·12345", "京a 12345", "京A-12345", "京Ａ１２３４５", "京A•12345"}},
		{Plate, "LSVAM4187C2184841", []string{"lsvam4187c2184841", "LSVAM4187C2184841"}},
		{Plate, nobodyHere, []string{"--", "00000", "unknown"}},
		{Plate, unfitHere, []string{"京A\x0012345", "\xe2\x80.\x80A1"}},
		{Email, unfitHere, []string{"a@b\t."}},
		{Account, "u-1001", []string{"u-1001", " u-1001", "u-1001\u3000", "\u00a0u-1001"}},
		{Account, "U-1001", []string{"U-1001"}},
		{Account, nobodyHere, []string{"", "null", "undefined", "\t\n"}},
		{Name, "Null", []string{"Null", " Null "}},
		{None, "unknown", []string{"unknown"}},
		{None, nobodyHere, []string{"", " ", "<unknown ssid>"}},
		{Address, "北京市 海淀区", []string{" 北京市 海淀区 "}},
		{Text, "\xff", []string{"\xff", " \xff\x00"}},
	} {
		for _, v := range line.spellings {
			if got := canonical(line.c, v); got != line.want {
				t.Errorf("%v %q = %q, want %q", line.c, v, got, line.want)
			}
		}
	}
}

func TestCanonicalIMEIVectors(t *testing.T) {
	src, err := os.ReadFile("../../shared/vectors/luhn_imei.json")
	if err != nil {
		t.Skip("no shared vectors beside the module")
	}
	var v struct {
		IMEI []struct{ Canonical, Input string }
		MEID []struct{ Hex14, Input string }
	}
	if err := json.Unmarshal(src, &v); err != nil || len(v.IMEI) < 10 || len(v.MEID) < 3 {
		t.Fatal("vectors are missing", err)
	}
	for _, c := range v.IMEI {
		want := c.Canonical[:14]
		if strings.Trim(want, "0") == "" {
			want = nobodyHere
		}
		if got := canonical(IMEI, c.Input); got != want {
			t.Errorf("%s = %q, want %q", c.Input, got, want)
		}
	}
	for _, c := range v.MEID {
		if c.Hex14 == "" { // a wrong check digit: the same device as the right one
			c.Hex14 = "AF0123450ABCDE"
		}
		if got := canonical(MEID, c.Input); got != c.Hex14 {
			t.Errorf("%s = %q, want %q", c.Input, got, c.Hex14)
		}
	}
}

// FuzzCanonical: a canonical form is its own canonical form, so that no other
// spelling can reach what an unfit text is; it holds nothing of what was
// behind it in memory; and nothing is appended without CanonOK.
func FuzzCanonical(f *testing.F) {
	for _, v := range []string{"356938035643809", "3.56938035643809e14", "00:00:5E:00:53:01", "::ffff:192.0.2.1", "+86 138-0013-8000", "110105491231002", "京A·12345",
		"8931440231415916409F", "{6D92078A-8246-4BA4-AE5B-76104861E7DC}", "DE89 3704 0044 0532 0130 00", "\u202a1\u202c", "a@B.c", "12345678901234567"} {
		for c := range numClasses {
			f.Add(uint8(c), []byte(v))
		}
	}
	f.Fuzz(func(t *testing.T, class uint8, v []byte) {
		c := Class(class % uint8(numClasses))
		before := bytes.Clone(v)
		out, canon := AppendCanonical([]byte("head"), c, v)
		if !bytes.Equal(before, v) || string(out[:4]) != "head" {
			t.Fatal("the input or what was before the output changed")
		}
		if canon != CanonOK {
			if len(out) != 4 {
				t.Fatalf("%v of %q: %q appended without CanonOK", c, v, out)
			}
			return
		}
		out = out[4:]
		if len(out) == 0 || utf8.Valid(v) && !utf8.Valid(out) {
			t.Fatalf("%v of %q: %q", c, v, out)
		}
		if c == IMEI && lostZero(out) {
			return // 14 digits that no reporting body gave out
		}
		again, canon := AppendCanonical(nil, c, out)
		if canon != CanonOK || !bytes.Equal(again, out) {
			t.Fatalf("%v of %q: %q, and of that %q, %v", c, v, out, again, canon)
		}
	})
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	buf := make([]byte, 0, 512)
	for c := range numClasses {
		for _, v := range []string{"356938035643809", "3.56938035643809e14", "00:00:5E:00:53:01", "[2001:db8::1%eth0]:443", "192.0.2.1", "+86 138-0013-8000",
			"１３８００１３８０００", "110105491231002", "京A·12345", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "DE89 3704 0044 0532 0130 00", "a@B.c", "unknown", strings.Repeat("x", 400)} {
			in := []byte(v)
			if n := testing.AllocsPerRun(20, func() { buf, _ = AppendCanonical(buf[:0], c, in) }); n != 0 {
				t.Errorf("%v of %q: %v allocations", c, v, n)
			}
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	buf := make([]byte, 0, 64)
	for _, c := range []struct {
		c Class
		v string
	}{{IMEI, "356938035643809"}, {IMEI, "35-693803-564380-9"}, {MAC, "00:00:5E:00:53:01"}, {IP, "203.0.113.77"}, {IP, "2001:db8::8:800:200c:417a"},
		{Phone, "+86 138-0013-8000"}, {UUID, "6D92078A-8246-4BA4-AE5B-76104861E7DC"}, {Account, "u-1001"}, {Name, "张三丰"}} {
		b.Run(c.c.String()+"/"+c.v, func(b *testing.B) {
			v := []byte(c.v)
			for b.Loop() {
				buf, _ = AppendCanonical(buf[:0], c.c, v)
			}
		})
	}
}

// TestFifteenDigits puts every byte at every place.
func TestFifteenDigits(t *testing.T) {
	for c := range 256 {
		for at := range 15 {
			v := []byte("356938035643809")
			v[at] = byte(c)
			if got := fifteenDigits(v); got != isDigit(byte(c)) {
				t.Fatalf("%q: %v", v, got)
			}
		}
	}
}
