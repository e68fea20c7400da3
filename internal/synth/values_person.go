package synth

import "strconv"

// Values of a person: account, contact, law, property.

func (g *Gen) userID() { g.id("user-id", appendUserID(g.tmp[:0], g.who.num)) }

// uid is an account as a number of ten digits.
func (g *Gen) uid() {
	r := g.of(tagAccount)
	g.number("uid", strconv.AppendInt(g.tmp[:0], int64(1_000_000_000+r.n(1_000_000_000)), 10))
}

func (g *Gen) openID() {
	r := g.of(tagOpenID)
	g.id("openid", appendFrom(append(g.tmp[:0], "oX"...), &r, base64URL, 26))
}

func (g *Gen) wxID() {
	r := g.of(tagOpenID)
	g.id("wxid", appendFrom(append(g.tmp[:0], "wxid_"...), &r, base36[:20], 14))
}

func (g *Gen) qq() {
	r := g.of(tagQQ)
	g.id("qq", appendDigits(append(g.tmp[:0], '2'), &r, 9))
}

func (g *Gen) loginName() {
	r := g.of(tagAccount)
	g.id("login-name", appendDigits(appendPinyin(g.tmp[:0], g.of(tagName)), &r, 3))
}

func (g *Gen) nickname() {
	r := g.of(tagAccount)
	v := append(g.tmp[:0], nicknames[r.n(len(nicknames))]...)
	g.id("nickname", appendDigits(v, &r, 4))
}

func (g *Gen) avatar() {
	r := g.of(tagAccount)
	v := append(g.tmp[:0], "https://img.example.com/head/"...)
	n := len(v)
	v = appendHex(v, &r, 32)
	g.plant("avatar", v[n:])
	g.text(append(v, "/132.jpg"...))
}

// eids is the array of ids that OpenRTB hands from exchange to exchange.
func (g *Gen) eids() {
	g.open('[')
	g.next()
	g.open('{')
	g.name("source")
	g.lit(`"example.com"`)
	g.name("id")
	g.id("eid", appendUUID(g.tmp[:0], g.of(tagOpenID)))
	g.close('}')
	g.close(']')
}

func (g *Gen) phone()  { g.id("phone", appendMobile(g.tmp[:0], g.of(tagPhone), false)) }
func (g *Gen) e164()   { g.id("phone", appendMobile(g.tmp[:0], g.of(tagPhone), true)) }
func (g *Gen) friend() { g.id("phone", appendMobile(g.tmp[:0], g.of(tagFriend), false)) }

// landline is a number with an area code: 021-6xxxxxxx.
func (g *Gen) landline() {
	r := g.of(tagPhone)
	g.id("phone", appendDigits(append(g.tmp[:0], "021-6"...), &r, 7))
}

func (g *Gen) email() { g.id("email", appendEmail(g.tmp[:0], g.of(tagName), g.of(tagEmail))) }

// contacts is a list of other people.
func (g *Gen) contacts() {
	g.open('[')
	for i := range 2 {
		r := g.of(tagFriend)
		r.s += uint64(i)
		g.next()
		g.open('{')
		g.name("name")
		g.id("person-name", appendName(g.tmp[:0], r))
		g.name("phone")
		g.id("phone", appendMobile(g.tmp[:0], r, false))
		g.close('}')
	}
	g.close(']')
}

func (g *Gen) realName() { g.id("person-name", appendName(g.tmp[:0], g.of(tagName))) }
func (g *Gen) guardian() { g.id("person-name", appendName(g.tmp[:0], g.of(tagFriend))) }

func (g *Gen) citizenID() {
	g.id("id-card", appendCitizenID(g.tmp[:0], g.of(tagCitizenID), g.who.home.region, g.who.birth))
}

func (g *Gen) passport() {
	r := g.of(tagPassport)
	g.id("passport", appendDigits(append(g.tmp[:0], "EJ"...), &r, 7))
}

func (g *Gen) biometric() {
	r := g.of(tagFingerprint)
	g.id("biometric", appendFrom(g.tmp[:0], &r, base64URL, 32))
}

func (g *Gen) birthday()   { g.id("birthday", g.who.birth.appendISO(g.tmp[:0])) }
func (g *Gen) birthYear()  { g.b = strconv.AppendInt(g.b, int64(g.who.birth.year), 10) }
func (g *Gen) birthPlain() { g.text(g.who.birth.appendDigits(g.tmp[:0])) }
func (g *Gen) age()        { g.b = strconv.AppendInt(g.b, int64(g.who.age()), 10) }
func (g *Gen) isMinor()    { g.b = strconv.AppendBool(g.b, g.who.minor()) }
func (g *Gen) coppa() {
	if g.who.minor() {
		g.lit("1")
		return
	}
	g.lit("0")
}

func (g *Gen) gender() {
	if g.who.female {
		g.lit(`"F"`)
		return
	}
	g.lit(`"M"`)
}

func (g *Gen) gender2() {
	v := "男"
	if g.who.female {
		v = "女"
	}
	g.text(append(g.tmp[:0], v...))
}

func (g *Gen) health()    { g.one(illnesses) }
func (g *Gen) ethnicity() { g.text(append(g.tmp[:0], peoples[g.who.num%len(peoples)]...)) }
func (g *Gen) education() { g.text(append(g.tmp[:0], schools[g.who.num%len(schools)]...)) }

func (g *Gen) bankCard() { g.id("bank-card", appendBankCard(g.tmp[:0], g.of(tagBankCard))) }

// bankCardSpaced is the number in groups of four.
func (g *Gen) bankCardSpaced() {
	v := appendBankCard(g.tmp[:0], g.of(tagBankCard))
	n := len(v)
	for i := range n {
		if i > 0 && i%4 == 0 {
			v = append(v, ' ')
		}
		v = append(v, v[i])
	}
	g.id("bank-card", v[n:])
}

func (g *Gen) orderID() {
	v := strconv.AppendInt(g.tmp[:0], g.now, 10)
	g.id("order-id", strconv.AppendUint(v, 1_000_000+g.seq, 10))
}

func (g *Gen) plate() { g.id("plate", g.who.appendPlate(g.tmp[:0], g.of(tagPlate))) }
func (g *Gen) vin()   { g.id("vin", appendVIN(g.tmp[:0], g.of(tagVIN))) }

// transaction is an object: number, card, amount.
func (g *Gen) transaction() {
	g.open('{')
	g.name("transaction_id")
	g.orderID()
	g.name("card_no")
	g.bankCard()
	g.name("amount")
	g.b = append(strconv.AppendInt(g.b, int64(1+g.rnd.n(900)), 10), ".50"...)
	g.close('}')
}

func (g *Gen) credit() { r := g.of(tagBankCard); g.b = strconv.AppendInt(g.b, int64(350+r.n(600)), 10) }
