package bench

import (
	"fmt"

	"redactor/detect"
	"redactor/pseudonym"
	"redactor/redact"
)

// A Case is a Program and the Set that it is measured with.
type Case struct {
	Name    string
	What    string // one line for people
	Set     func() *Set
	Program func() *redact.Program
}

// A Path is a way through the engine: a name for tables and how a Machine is
// made that takes it.
type Path struct {
	Name string
	New  func(*redact.Program) *redact.Machine
}

// Paths lists the ways that this machine has, the portable one first.
var Paths = paths()

func paths() []Path {
	all := []Path{{"portable", (*redact.Program).NewPortableMachine}}
	if redact.Vector() {
		all = append(all, Path{"vector", (*redact.Program).NewMachine})
	}
	return all
}

// Job returns the work of the case on one of the Paths.
func (c Case) Job(newMachine func(*redact.Program) *redact.Machine) Job {
	return Engine(c.Name, c.Set(), newMachine(c.Program()))
}

// Engine returns a Job in which every record is scanned once and rendered for
// each profile of the Program.
func Engine(name string, set *Set, m *redact.Machine) Job {
	profiles := m.Program().Profiles()
	return Job{Name: name, Set: set, Pass: func(dst []byte, records [][]byte) ([]byte, error) {
		for _, r := range records {
			m.Scan(r)
			for i := range profiles {
				dst, _ = m.Render(dst[:0], i)
			}
		}
		return dst, nil
	}}
}

// BuiltIn lists the cases that every machine can measure.
var BuiltIn = []Case{
	{"flat", "8 fields of a device log replaced, by path; the rest kept", Flat, FlatMasked},
	{"nested", "8 fields of a usage event replaced, by path; the rest kept", Nested, NestedMasked},
	{"mixed", "11 names replaced at any depth, in logs of all kinds", Mixed, AnyDepth},
	{"keyed", "8 fields of a device log as pseudonyms, HMAC-SHA-256", Flat, FlatKeyed},
	{"flat-guarded", "flat, and each record looked at once more before it leaves", Flat, func() *redact.Program { return guarded(flatPlaces) }},
	{"nested-clean", "all fields of a usage event that identify replaced", Nested, func() *redact.Program { return compile(byPath(cleanPlaces, mask)) }},
	{"nested-guarded", "nested-clean, and each record looked at once more", Nested, func() *redact.Program { return guarded(cleanPlaces) }},
	{"recipients-3", "three recipients from one scan, 100 fields, the rest dropped", Flat, func() *redact.Program { return Catalog(3) }},
	{"text-few", "a line of text scrubbed by ten detectors; one in twenty has something to find", TextFew, Scrubbed},
	{"text-many", "the same where every line has", TextMany, Scrubbed},
}

// Mask is what stands in the place of a replaced value.
const Mask = "***"

// A place is a sensitive field of the built-in sets.
type place struct {
	path  string
	class detect.Class
}

// The eight fields of each set that the speed targets are about, and names for
// the same at any depth.
var (
	flatPlaces = []place{
		{"$.imei", detect.IMEI}, {"$.imsi", detect.IMSI}, {"$.android_id", detect.Device}, {"$.mac", detect.MAC},
		{"$.ip", detect.IP}, {"$.ssid", detect.None}, {"$.lat", detect.None}, {"$.lon", detect.None},
	}
	nestedPlaces = []place{
		{"$.device.imei", detect.IMEI}, {"$.device.ids.android_id", detect.Device}, {"$.net.ip", detect.IP}, {"$.net.wifi[*].bssid", detect.MAC},
		{"$.net.cell.imsi", detect.IMSI}, {"$.user.phone", detect.Phone}, {"$.loc.lat", detect.None}, {"$.loc.lon", detect.None},
	}
	// What else identifies in usage events: with it nothing is left for the guard.
	cleanPlaces = append(append([]place(nil), nestedPlaces...), place{"$.url", detect.None}, place{"$.ext", detect.None}, place{"$.session_id", detect.None},
		place{"$.failure.message", detect.None}, place{"$.failure.stack", detect.None}, place{"$.device.ids.oaid", detect.None}, place{"$.device.ids.idfa", detect.None})

	anyDepth = []string{"imei", "imsi", "android_id", "mac", "ip", "ssid", "bssid", "phone", "lat", "lon", "user_id"}
)

// FlatMasked and NestedMasked replace eight fields, named by their paths, and
// keep the rest as it is.
func FlatMasked() *redact.Program   { return compile(byPath(flatPlaces, mask)) }
func NestedMasked() *redact.Program { return compile(byPath(nestedPlaces, mask)) }

// guarded is the mask of some places with a guard that looks at every record.
// What it costs is the difference to the same without: "flat-guarded" less
// "flat" is to be at most "flat".
func guarded(places []place) *redact.Program {
	s := byPath(places, mask)
	s.Profiles[0].Guard = redact.GuardAll
	return compile(s)
}

// FlatKeyed and NestedKeyed put pseudonyms in their place, each of its own
// domain.
func FlatKeyed() *redact.Program   { return compile(byPath(flatPlaces, keyed)) }
func NestedKeyed() *redact.Program { return compile(byPath(nestedPlaces, keyed)) }

// FlatHashed and NestedHashed put there the HMAC of the text as it stands, in
// hex: what tools do that know no identifiers. Keyed ones are those of canonical
// forms, in base 62.
func FlatHashed() *redact.Program   { return compile(byPath(flatPlaces, hashed)) }
func NestedHashed() *redact.Program { return compile(byPath(nestedPlaces, hashed)) }

// AnyDepth replaces eleven names wherever they stand.
func AnyDepth() *redact.Program {
	s := redact.Spec{Profiles: []redact.Profile{{Name: "internal", Unknown: redact.UnknownKeep}}}
	for _, k := range anyDepth {
		add(&s, redact.Field{Name: k, Level: 4, Keys: []string{k}}, redact.Replace(Mask))
	}
	return compile(s)
}

// TenDetectors are those that the cases of free text run.
var TenDetectors = detect.SetOf(detect.DetectIMEI, detect.DetectMAC, detect.DetectIPv4, detect.DetectIPv6, detect.DetectEmail, detect.DetectPhone,
	detect.DetectCoordinates, detect.DetectIDCard, detect.DetectBankCard, detect.DetectUUID)

// Scrubbed takes out of the member log what ten detectors find in it.
func Scrubbed() *redact.Program {
	s := redact.Spec{Profiles: []redact.Profile{{Name: "internal", Unknown: redact.UnknownKeep}}}
	scrub := must(redact.Scrub(redact.ScrubOptions{Detect: detect.Config{Set: TenDetectors}}))
	add(&s, redact.Field{Name: "log", Class: detect.Text, Level: 3, Keys: []string{"log"}}, scrub)
	return compile(s)
}

// AnyDepthNames returns the names that AnyDepth replaces.
func AnyDepthNames() []string { return anyDepth }

func mask(place) redact.Transform { return redact.Replace(Mask) }

func keyed(p place) redact.Transform {
	return must(redact.Pseudonym(redact.PseudonymOptions{Subkey: p.subkey(), Class: p.class}))
}

func hashed(p place) redact.Transform {
	return must(redact.Pseudonym(redact.PseudonymOptions{Subkey: p.subkey(), Class: detect.None, As: pseudonym.Hex}))
}

func (p place) subkey() *pseudonym.Subkey {
	domain := p.class.Domain()
	if domain == "" {
		domain = p.path
	}
	return pseudonym.TestSecret("bench").Subkey("acme", "internal", "internal", domain, "0")
}

func byPath(places []place, transform func(place) redact.Transform) redact.Spec {
	s := redact.Spec{Profiles: []redact.Profile{{Name: "internal", Unknown: redact.UnknownKeep}}}
	for _, p := range places {
		add(&s, redact.Field{Name: p.path, Class: p.class, Level: 4, Paths: []string{p.path}}, transform(p))
	}
	return s
}

// Catalog is default-deny for so many recipients, with a catalog of a hundred
// fields in which every leaf of the built-in sets has an entry. Recipients
// differ: the first and third get the mask for what identifies, the second
// gets none of it.
func Catalog(recipients int) *redact.Program { return compile(catalog(recipients, 0)) }

// CatalogOf is Catalog for one recipient, with fields added up to n in all.
func CatalogOf(n int) *redact.Program { return compile(catalog(1, n)) }

func catalog(recipients, atLeast int) redact.Spec {
	s := redact.Spec{Containers: []string{"device", "ids", "net", "wifi", "cell", "user", "loc", "failure", "apps", "props", "data", "payload"}}
	for i := range recipients {
		s.Profiles = append(s.Profiles, redact.Profile{Name: fmt.Sprint("r", i)})
	}
	for _, g := range catalogGroups {
		for _, name := range g.names {
			add(&s, redact.Field{Name: name, Level: g.level, Keys: []string{name}}, g.outcomes...)
		}
	}
	for i := len(s.Fields); i < atLeast; i++ {
		name := fmt.Sprint("extra_field_", i)
		add(&s, redact.Field{Name: name, Level: 1, Keys: []string{name}}, redact.Keep())
	}
	return s
}

// CatalogNames returns the names of the catalog whose values the first
// recipient has masked, and those that it does not get.
func CatalogNames() (masked, dropped []string) { return catalogGroups[0].names, catalogGroups[1].names }

// catalogGroups are the catalog: the outcomes are those of the first, second
// and third recipient; one outcome is everybody's.
var catalogGroups = []struct {
	level    uint8
	outcomes []redact.Transform
	names    []string
}{
	{4, []redact.Transform{redact.Replace(Mask), redact.Drop(), redact.Replace(Mask)}, []string{
		"imei", "imei1", "imei2", "meid", "imsi", "iccid", "serial", "device_id", "android_id", "oaid", "idfa", "mac", "wifi_mac", "bt_mac", "bssid", "ssid",
		"ip", "client_ip", "phone", "mobile", "email", "uid", "user_id", "openid", "lat", "lon", "latitude", "longitude", "city", "address", "nickname", "age", "gender",
	}},
	{4, []redact.Transform{redact.Drop()}, []string{
		"password", "token", "session_id", "cookie", "authorization", "api_key", "url", "referer", "message", "stack", "ext", "log", "search_keyword",
	}},
	{1, []redact.Transform{redact.Keep()}, []string{
		"event", "ts", "seq", "package", "ver", "channel", "model", "brand", "os", "os_version", "network_type", "operator", "battery", "screen", "rooted",
		"rssi", "conn", "lac", "cid", "tags", "vip", "acc", "minutes", "page", "duration", "code", "kind", "child_mode", "level", "status", "count", "volt*",
		"cpu", "memory", "storage", "resolution", "arch", "timezone", "isp", "carrier", "app_version", "install_time", "kernel", "baseband", "sdk_version",
		"build", "locale", "mcc", "mnc", "type", "lang", "theme", "variant", "source",
	}},
}

// add adds a field with what each profile does; outcomes repeat.
func add(s *redact.Spec, f redact.Field, outcomes ...redact.Transform) {
	s.Fields = append(s.Fields, f)
	for i := range s.Profiles {
		s.Profiles[i].Transforms = append(s.Profiles[i].Transforms, outcomes[i%len(outcomes)])
	}
}

func compile(s redact.Spec) *redact.Program { return must(redact.Compile(s)) }

// must is for what this package wrote itself.
func must[T any](v T, err error) T {
	if err != nil {
		panic("bench: internal error: " + err.Error())
	}
	return v
}
