package synth

import "strconv"

// A person is one subject with one device. Everything about them follows from
// the seed and their number, so that a million of them take no memory and each
// comes back with the same identifiers.
type person struct {
	num    int
	key    uint64
	birth  date
	female bool
	home   *city
	model  *model
	plmn   *network
}

type date struct{ year, month, day int }

// today is the year that ages are counted to: that of the default Start.
const today = 2026

func (g *Gen) person(num int) person {
	p := person{num: num, key: mix(g.opts.Seed ^ mix(uint64(num)+1))}
	r := p.of(tagPerson)
	p.birth = date{1950 + r.n(62), 1 + r.n(12), 1 + r.n(28)}
	if r.n(32) == 0 {
		p.birth.year = 2013 + r.n(8) // a child
	}
	p.female = r.n(2) == 0
	p.home = &cities[r.n(len(cities))]
	p.model = &models[r.n(len(models))]
	p.plmn = &networks[r.n(len(networks))]
	return p
}

func (p *person) age() int    { return today - p.birth.year }
func (p *person) minor() bool { return p.age() < 14 }

// of returns the random bits of one of the person's values: the same for the
// same tag, however often and in whatever order values are asked for.
func (p *person) of(t tag) rng { return rng{p.key + uint64(t)*0xd1342543de82ef95} }

// tag tells the values of a person apart.
type tag uint8

const (
	tagPerson tag = iota
	tagIMEI
	tagIMEI2
	tagMEID
	tagIMSI
	tagICCID
	tagSerial
	tagAndroidID
	tagOAID
	tagVendorID
	tagIDFA
	tagSDKID
	tagFingerprint
	tagMAC
	tagBluetooth
	tagRouter
	tagIP
	tagPlace
	tagName
	tagAccount
	tagOpenID
	tagQQ
	tagPhone
	tagEmail
	tagCitizenID
	tagPassport
	tagBankCard
	tagPlate
	tagVIN
	tagAddress
	tagPush
	tagSecret
	tagFriend // what belongs to somebody else
)

func (g *Gen) of(t tag) rng { return g.who.of(t) }

// appendDigits appends the date as YYYYMMDD.
func (d date) appendDigits(b []byte) []byte {
	b = strconv.AppendInt(b, int64(d.year), 10)
	b = appendPadded(b, d.month, 2)
	return appendPadded(b, d.day, 2)
}

// appendISO appends the date as YYYY-MM-DD.
func (d date) appendISO(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(d.year), 10), '-')
	b = append(appendPadded(b, d.month, 2), '-')
	return appendPadded(b, d.day, 2)
}

// appendName appends a Chinese name of three characters.
func appendName(b []byte, r rng) []byte {
	b = append(b, surnames[r.n(len(surnames))].han...)
	b = append(b, given[r.n(len(given))].han...)
	return append(b, given[r.n(len(given))].han...)
}

// appendPinyin appends the same name in letters: "li.xiaoming".
func appendPinyin(b []byte, r rng) []byte {
	b = append(b, surnames[r.n(len(surnames))].pinyin...)
	b = append(b, '.')
	b = append(b, given[r.n(len(given))].pinyin...)
	return append(b, given[r.n(len(given))].pinyin...)
}

func appendEmail(b []byte, name, r rng) []byte {
	b = appendPinyin(b, name)
	b = appendDigits(b, &r, 3)
	b = append(b, '@')
	return append(b, mailDomains[r.n(len(mailDomains))]...)
}

func appendSSID(b []byte, r rng) []byte {
	b = append(b, routers[r.n(len(routers))]...)
	b = append(b, '_')
	start := len(b)
	b = appendHex(b, &r, 6)
	upper(b[start:])
	return b
}

func (p *person) appendAddress(b []byte, r rng) []byte {
	b = append(b, p.home.province...)
	b = append(b, p.home.name...)
	b = append(b, p.home.street...)
	b = strconv.AppendInt(b, int64(1+r.n(1999)), 10)
	b = append(b, "号"...)
	b = strconv.AppendInt(b, int64(1+r.n(40)), 10)
	b = append(b, "栋"...)
	b = strconv.AppendInt(b, int64(101+r.n(3000)), 10)
	return append(b, "室"...)
}

func (p *person) appendPlate(b []byte, r rng) []byte {
	b = append(b, p.home.plate...)
	return appendFrom(b, &r, "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 5)
}

// appendDegrees appends micro, millionths of a degree, with six decimals. The
// last is never 0: a rounded coordinate must differ from the raw one.
func appendDegrees(b []byte, micro int) []byte {
	if micro%10 == 0 {
		micro++
	}
	b = strconv.AppendInt(b, int64(micro/1e6), 10)
	b = append(b, '.')
	return appendPadded(b, micro%1e6, 6)
}

// position returns where the person is now, in millionths of a degree: within
// some ten kilometers of the middle of their city, here and there a little.
func (g *Gen) position() (lat, lon int) {
	r := g.of(tagPlace)
	lat = g.who.home.lat + r.n(200_000) - 100_000
	lon = g.who.home.lon + r.n(200_000) - 100_000
	return lat + int(g.seq*7919%4096), lon + int(g.seq*104729%4096)
}
