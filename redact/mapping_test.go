package redact

import "testing"

func TestMap(t *testing.T) {
	m := must(t)
	tac := m(Map(MapOptions{By: MapTAC, Keys: []string{"35693803", "86123456"}, Values: []string{"Phone A", "平板"}, Default: "other", HasDefault: true}))
	oui := m(Map(MapOptions{By: MapOUI, Keys: []string{"00:1A:2B", "a45046"}, Values: []string{"Vendor \"1\"", "Vendor 2"}, Default: "other", HasDefault: true}))
	whole := m(Map(MapOptions{Keys: []string{"WiFi", "4", "true"}, Values: []string{"fixed", "mobile", "yes"}}))
	for _, c := range []struct {
		tr   Transform
		v    string
		k    Kind
		want done
	}{
		{tac, "356938035643809", KindString, text("Phone A")},
		{tac, "356938035643809", KindNumber, text("Phone A")},
		{tac, "3.56938035643809e14", KindNumber, text("Phone A")},
		{tac, "35-693803-564380-9", KindString, text("Phone A")},
		{tac, "490154203237518", KindString, text("other")},
		{tac, "000000000000000", KindString, null},
		{tac, "35693803", KindString, unfit}, // a TAC is no IMEI
		{tac, "unknown1", KindString, unfit},
		{tac, "true", KindBool, unfit},
		{oui, "00:1a:2b:3c:4d:5e", KindString, text("Vendor \"1\"")},
		{oui, "A450461F229C", KindString, text("Vendor 2")},
		{oui, "04:50:46:1f:22:9c", KindString, text("other")},
		{oui, "a6:50:46:1f:22:9c", KindString, text("other")}, // random
		{oui, "02:00:00:00:00:00", KindString, null},
		{oui, "00:1a:2b", KindString, unfit},
		{whole, " WiFi ", KindString, text("fixed")},
		{whole, "wifi", KindString, unfit},
		{whole, "4", KindNumber, text("mobile")},
		{whole, "4.0", KindNumber, text("mobile")},
		{whole, "true", KindBool, text("yes")},
		{whole, "", KindString, unfit},
	} {
		if got := run(t, c.tr, c.v, c.k); got != c.want {
			t.Errorf("%v of %q: %v, want %v", c.tr, c.v, got, c.want)
		}
	}
	for _, o := range []MapOptions{
		{Keys: []string{"a"}},
		{By: MapOUI + 1},
		{Keys: []string{"a", " a"}, Values: []string{"1", "2"}},
		{Keys: []string{" "}, Values: []string{"1"}},
		{By: MapTAC, Keys: []string{"3569380"}, Values: []string{"1"}},
		{By: MapTAC, Keys: []string{"356938aa"}, Values: []string{"1"}},
		{By: MapOUI, Keys: []string{"00:1a:2"}, Values: []string{"1"}},
		{By: MapOUI, Keys: []string{"00:1a:2b", "001A2B"}, Values: []string{"1", "2"}},
	} {
		if tr, err := Map(o); err == nil {
			t.Errorf("%v is made", tr)
		}
	}
}
