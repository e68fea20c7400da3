package detect

// Class says what a field is: which canonical form its values have before a
// keyed transform, which transforms suit it, and whether it identifies. It is
// the policy's `is:`; its String is the type that a pseudonym is computed over.
type Class uint8

// The classes of the policy language, spelled as `is:` spells them.
const (
	None      Class = iota // no `is:`: the value is text that identifies nobody by form
	IMEI                   // imei: 14 digits and a check digit, or 16 with a software version
	MEID                   // meid: 14 hex digits
	IMSI                   // imsi: MCC, MNC, MSIN
	ICCID                  // iccid: SIM serial
	Serial                 // serial: device serial number
	Device                 // device: Android ID, OAID, IDFA, GAID and other device-wide ids
	UUID                   // uuid: an id of RFC 9562 form
	MAC                    // mac: EUI-48
	IP                     // ip: IPv4 or IPv6
	Phone                  // phone: E.164 or national
	Email                  // email
	Account                // account: user ids, login names, customer ids
	Name                   // name: of a person
	IDCard                 // idcard: national id, passport
	BankCard               // bankcard: PAN, IBAN
	Plate                  // plate: vehicle plate, VIN
	Location               // location: coordinates, cell ids, places
	Address                // address: postal
	Secret                 // secret: password, token, key; only drop or replace
	Text                   // text: free text
	Time                   // time: a point in time
	Date                   // date: a date of a person, such as a birthday
	Category               // category: one of a set that may single out
	URL                    // url
	UserAgent              // useragent
	Number                 // number: a quantity
	numClasses
)

var classNames = [numClasses]string{
	"", "imei", "meid", "imsi", "iccid", "serial", "device", "uuid", "mac", "ip", "phone", "email", "account", "name",
	"idcard", "bankcard", "plate", "location", "address", "secret", "text", "time", "date", "category", "url",
	"useragent", "number",
}

// ParseClass reads a class as the policy spells it, in lower case. The empty
// string is None.
func ParseClass(s string) (Class, bool) {
	for c, name := range classNames {
		if s == name {
			return Class(c), true
		}
	}
	return None, false
}

// String returns the class as the policy spells it, and "text" for None: the
// type that a pseudonym is computed over has no empty name.
func (c Class) String() string {
	if c == None {
		return "text"
	}
	return classNames[c]
}

// Identifies reports whether a value of the class tells one person, device or
// place from others by itself, so that to keep it in an external profile takes
// a reason.
func (c Class) Identifies() bool { return c >= IMEI && c <= Address }

// Domain returns the default domain of the class: values of one class under
// one key link, whatever their fields are called. It is "" for None, whose
// domain is the name of the field.
func (c Class) Domain() string { return classNames[c] }
