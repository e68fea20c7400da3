package synth

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The check digits, computed another way than the code that wrote them.

// luhnHolds doubles by table and sums from the left.
func luhnHolds(s string) bool {
	const doubled = "0246813579"
	sum := 0
	for i, c := range s {
		d := int(c - '0')
		if (len(s)-i)%2 == 0 {
			d = int(doubled[d] - '0')
		}
		sum += d
	}
	return sum%10 == 0
}

func TestLuhn(t *testing.T) {
	for _, s := range []string{"356938035643809", "4111111111111111", "79927398713"} {
		if !luhnHolds(s) || string(appendLuhn([]byte(s[:len(s)-1]), 0)) != s {
			t.Errorf("%s: the check digit is not ours", s)
		}
	}
}

// isoHolds is ISO 7064 MOD 11-2 by its definition: the weights are powers of 2.
func isoHolds(s string) bool {
	sum := 0
	for _, c := range s {
		d := 10
		if c != 'X' {
			d = int(c - '0')
		}
		sum = (sum*2 + d) % 11
	}
	return sum == 1
}

func TestForms(t *testing.T) {
	g, forms := New(1), map[string]*regexp.Regexp{}
	for num := range 2000 {
		g.who = g.person(num)
		for _, c := range []struct {
			name, value, form string
			holds             func(string) bool
		}{
			{"imei", string(appendIMEI(nil, g.of(tagIMEI))), `^86\d{13}$`, luhnHolds},
			{"iccid", string(appendICCID(nil, g.of(tagICCID))), `^8986\d{16}$`, luhnHolds},
			{"bank card", string(appendBankCard(nil, g.of(tagBankCard))), `^62\d{17}$`, luhnHolds},
			{"citizen", string(appendCitizenID(nil, g.of(tagCitizenID), g.who.home.region, g.who.birth)), `^\d{6}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d)\d{3}[\dX]$`, isoHolds},
			{"imsi", string(appendIMSI(nil, g.of(tagIMSI))), `^460\d{12}$`, nil},
			{"meid", string(appendMEID(nil, g.of(tagMEID))), `^A[0-9A-F]{13}$`, nil},
			{"mac", string(appendMAC(nil, g.of(tagMAC))), `^[0-9a-f][26ae](:[0-9a-f]{2}){5}$`, nil},
			{"uuid", string(appendUUID(nil, g.of(tagOAID))), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, nil},
			{"mobile", string(appendMobile(nil, g.of(tagPhone), false)), `^1[3-9]\d{9}$`, nil},
			{"e164", string(appendMobile(nil, g.of(tagPhone), true)), `^\+861[3-9]\d{9}$`, nil},
			{"vin", string(appendVIN(nil, g.of(tagVIN))), `^L[0-9A-HJ-NPR-Z]{7}[\dX][0-9A-HJ-NPR-Z]{2}\d{6}$`, nil},
			{"email", string(appendEmail(nil, g.of(tagName), g.of(tagEmail))), `^[a-z]+\.[a-z]+\d{3}@(mail\.)?example\.(com|net|org)$`, nil},
			{"degrees", string(appendDegrees(nil, g.who.home.lat)), `^\d\d\.\d{5}[1-9]$`, nil},
		} {
			if forms[c.form] == nil {
				forms[c.form] = regexp.MustCompile(c.form)
			}
			if !forms[c.form].MatchString(c.value) {
				t.Fatalf("%s: %s is not %s", c.name, c.value, c.form)
			}
			if c.holds != nil && !c.holds(c.value) {
				t.Fatalf("%s: %s has a wrong check digit", c.name, c.value)
			}
		}
	}
}

// The vehicle check character, after the table of 49 CFR 565.15 (the same as
// ISO 3779's), with its own published example.
func TestVINCheck(t *testing.T) {
	if got := vinCheck("1M8GDM9AXKP042788"); got != 'X' {
		t.Fatalf("the slow check gives %c for the standard's example, want X", got)
	}
	for i := range 2000 {
		vin := string(appendVIN(nil, rng{uint64(i)}))
		if vin[8] != vinCheck(vin) {
			t.Fatalf("%s: check character %c, want %c", vin, vin[8], vinCheck(vin))
		}
	}
}

func vinCheck(vin string) byte {
	const values = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ" // the place modulo 10 is the value
	weights := strings.Fields("8 7 6 5 4 3 2 10 0 9 8 7 6 5 4 3 2")
	sum := 0
	for i, w := range weights {
		n, _ := strconv.Atoi(w)
		sum += n * (strings.IndexByte(values, vin[i]) % 10)
	}
	return "0123456789X"[sum%11]
}

func TestPadded(t *testing.T) {
	for _, c := range []struct {
		v, width int
		want     string
	}{{0, 2, "00"}, {7, 1, "7"}, {7, 2, "07"}, {12, 2, "12"}, {7, 6, "000007"}, {123456, 6, "123456"}, {100, 3, "100"}, {99, 3, "099"}} {
		if got := string(appendPadded(nil, c.v, c.width)); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.v, c.width, got, c.want)
		}
	}
}
