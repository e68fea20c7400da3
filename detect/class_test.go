package detect

import "testing"

func TestParseClass(t *testing.T) {
	seen := map[string]bool{}
	for c := range numClasses {
		spelled := c.Domain()
		if seen[spelled] || c != None && spelled == "" {
			t.Errorf("class %d has no name of its own: %q", c, spelled)
		}
		seen[spelled] = true
		if got, ok := ParseClass(spelled); !ok || got != c {
			t.Errorf("ParseClass(%q) = %v, %v", spelled, got, ok)
		}
		if want := spelled; c != None && c.String() != want {
			t.Errorf("class %d is %q, want %q", c, c.String(), want)
		}
	}
	if None.String() != "text" {
		t.Errorf("None is %q: the type of a pseudonym must have a name", None.String())
	}
	for _, s := range []string{"IMEI", "imei ", "phone number", "none"} {
		if c, ok := ParseClass(s); ok || c != None {
			t.Errorf("ParseClass(%q) = %v, %v", s, c, ok)
		}
	}
}

func TestIdentifies(t *testing.T) {
	want := "imei meid imsi iccid serial device uuid mac ip phone email account name idcard bankcard plate location address "
	got := ""
	for c := range numClasses {
		if c.Identifies() {
			got += c.String() + " "
		}
	}
	if got != want {
		t.Errorf("identify: %s, want %s", got, want)
	}
}
