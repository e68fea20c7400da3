package detect

import (
	"fmt"
	"strings"
)

// Detector is one kind of thing that is looked for in text. Where Class says
// what a field is, Detector says how a value without a field was recognized.
type Detector uint8

const (
	DetectIMEI Detector = iota
	DetectIMEISV
	DetectIMSI
	DetectICCID
	DetectMEID
	DetectMAC
	DetectIPv4
	DetectIPv6
	DetectPhone
	DetectEmail
	DetectIDCard
	DetectBankCard
	DetectIBAN
	DetectSSN
	DetectUUID
	DetectAndroidID
	DetectCoordinates
	DetectJWT
	DetectAPIKey
	DetectPrivateKey
	DetectCredentials
	DetectAddress
	DetectName
	DetectCustom // the first pattern of Config.Custom; the next ones follow it
)

// numDetectors counts the built-in ones: DetectCustom is none of them.
const numDetectors = int(DetectCustom)

const (
	// DetectCanary is a planted value: see Canaries.
	DetectCanary = DetectCustom + MaxCustom

	// NumDetectors is more than any Detector: for tables by detector.
	NumDetectors = int(DetectCanary) + 1
)

// MaxCustom is how many patterns a Scanner takes of its own: each one reads
// the whole text again.
const MaxCustom = 16

var detectors = [numDetectors]struct {
	name  string
	class Class
}{
	{"imei", IMEI}, {"imeisv", IMEI}, {"imsi", IMSI}, {"iccid", ICCID}, {"meid", MEID}, {"mac", MAC}, {"ipv4", IP}, {"ipv6", IP},
	{"phone", Phone}, {"email", Email}, {"idcard", IDCard}, {"bankcard", BankCard}, {"iban", BankCard}, {"ssn", IDCard}, {"uuid", UUID},
	{"androidid", Device}, {"coordinates", Location}, {"jwt", Secret}, {"apikey", Secret}, {"privatekey", Secret}, {"credentials", Secret},
	{"address", Address}, {"name", Name},
}

// ParseDetector reads the name of a built-in detector, in lower case.
func ParseDetector(s string) (Detector, bool) {
	for d := range detectors {
		if detectors[d].name == s {
			return Detector(d), true
		}
	}
	return 0, false
}

// String returns the name that ParseDetector reads, and "custom" for patterns
// of the user's.
func (d Detector) String() string {
	if d == DetectCanary {
		return "canary"
	}
	if int(d) >= numDetectors {
		return "custom"
	}
	return detectors[d].name
}

// Class returns the class of what the detector finds: its canonical form, and
// the domain of its pseudonyms.
func (d Detector) Class() Class {
	if int(d) >= numDetectors {
		return None
	}
	return detectors[d].class
}

// Set is a set of built-in detectors.
type Set uint64

// AllDetectors is every built-in detector.
const AllDetectors Set = 1<<numDetectors - 1

// OfClass returns the detectors of a class.
func OfClass(c Class) Set {
	var s Set
	for d := range detectors {
		if detectors[d].class == c {
			s |= 1 << d
		}
	}
	return s
}

// SetOf returns the set of the given detectors.
func SetOf(ds ...Detector) Set {
	var s Set
	for _, d := range ds {
		s |= 1 << d
	}
	return s
}

// Has reports whether the set holds the detector.
func (s Set) Has(d Detector) bool { return s>>d&1 != 0 }

// DetectorNames returns the names of the built-in detectors.
func DetectorNames() []string {
	names := make([]string, numDetectors)
	for d := range detectors {
		names[d] = detectors[d].name
	}
	return names
}

// ParseSet reads detectors separated by commas or spaces; "all" is every one
// and "ip" both kinds of address. It is an error to name none, or one that does not exist.
func ParseSet(s string) (Set, error) {
	var set Set
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch d, ok := ParseDetector(name); {
		case ok:
			set |= 1 << d
		case name == "all":
			set |= AllDetectors
		case name == "ip":
			set |= SetOf(DetectIPv4, DetectIPv6)
		default:
			return 0, fmt.Errorf("there is no detector %q", name)
		}
	}
	if set == 0 {
		return 0, fmt.Errorf("no detector is named")
	}
	return set, nil
}

// String returns the names, separated by commas, or "all".
func (s Set) String() string {
	if s == AllDetectors {
		return "all"
	}
	var b strings.Builder
	for d := range detectors {
		if s.Has(Detector(d)) {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(detectors[d].name)
		}
	}
	return b.String()
}
