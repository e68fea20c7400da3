package synth

import "strconv"

// textLine writes a line of a text log: most lines are about the program, some
// about a person.
func (g *Gen) textLine() {
	g.b = appendRFC3339(g.b, g.now)
	g.b = append(g.b, ' ')
	g.b = append(g.b, levels[g.rnd.n(len(levels))]...)
	g.b = append(g.b, " seq="...)
	g.b = strconv.AppendUint(g.b, g.seq, 10)
	g.b = append(g.b, ' ')
	textLines[g.rnd.n(len(textLines))](g)
}

var textLines = []func(*Gen){
	func(g *Gen) {
		g.lit("ActivityManager: Killing 8123:com.example.weather/u0a214 (adj 900): empty for 1804 s")
	},
	func(g *Gen) {
		g.lit("GET /api/v2/config?channel=stable&fields=ads,push status=200 took 31ms size=8812")
	},
	func(g *Gen) {
		g.lit("java.lang.NullPointerException: Attempt to invoke virtual method 'int java.util.List.size()'")
	},
	func(g *Gen) { g.lit("用户打开了设置页面,网络状态良好,电量充足,准备上传日志") },
	func(g *Gen) { g.lit("wifi scan finished: 14 networks, best rssi -51, band 5GHz, retry=false") },
	func(g *Gen) { g.lit("flush segment 00038112.log bytes=1048576 crc=9f3a01bc") },
	func(g *Gen) { g.b = g.appendFailure(g.b) },
	func(g *Gen) {
		g.word("register device imei=", "imei", appendIMEI(g.tmp[:0], g.of(tagIMEI)))
		g.word(" mac=", "mac", appendMAC(g.tmp[:0], g.of(tagMAC)))
		g.word(" from ", "ip", appendIPv4(g.tmp[:0], g.of(tagIP)))
	},
	func(g *Gen) {
		g.word("GET /u?phone=", "phone", appendMobile(g.tmp[:0], g.of(tagPhone), false))
		g.word("&email=", "email", appendEmail(g.tmp[:0], g.of(tagName), g.of(tagEmail)))
		g.word(" status=200 client=", "ip", appendIPv6(g.tmp[:0], g.of(tagIP)))
	},
	func(g *Gen) {
		lat, lon := g.position()
		g.word("fix lat=", "latitude", appendDegrees(g.tmp[:0], lat))
		g.word(",lon=", "longitude", appendDegrees(g.tmp[:0], lon))
		g.lit(" acc=12")
	},
	func(g *Gen) {
		g.word("实名认证 idcard=", "id-card", appendCitizenID(g.tmp[:0], g.of(tagCitizenID), g.who.home.region, g.who.birth))
		g.word(" 手机 ", "phone", appendMobile(g.tmp[:0], g.of(tagPhone), false))
	},
	func(g *Gen) {
		g.word("bind card ", "bank-card", appendBankCard(g.tmp[:0], g.of(tagBankCard)))
		g.word(" ok for user ", "user-id", appendUserID(g.tmp[:0], g.who.num))
	},
}

// word writes what stands before a value, and the value.
func (g *Gen) word(before, name string, value []byte) {
	g.lit(before)
	g.plant(name, value)
	g.b = append(g.b, value...)
	g.reuse(value)
}

// appendRFC3339 appends a time in milliseconds. time.Time would do; it costs as
// much as the rest of a record.
func appendRFC3339(b []byte, ms int64) []byte {
	days, rest := ms/86_400_000, int(ms%86_400_000)
	// Days to a date: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms",
	// civil_from_days, for years after 1970.
	z := days + 719_468
	era, doe := z/146_097, z%146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := date{int(yoe + era*400), int(mp + 3), int(doy - (153*mp+2)/5 + 1)}
	if d.month > 12 {
		d.month -= 12
		d.year++
	}
	b = append(d.appendISO(b), 'T')
	b = append(appendPadded(b, rest/3_600_000, 2), ':')
	b = append(appendPadded(b, rest/60_000%60, 2), ':')
	b = append(appendPadded(b, rest/1000%60, 2), '.')
	return append(appendPadded(b, rest%1000, 3), 'Z')
}
