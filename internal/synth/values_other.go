package synth

import "strconv"

// Values that are secrets, traits, software, usage and text.

func (g *Gen) secret() {
	r := g.of(tagSecret)
	g.id("secret", appendFrom(g.tmp[:0], &r, base64URL, 24))
}

// password has what JSON must escape.
func (g *Gen) password() {
	r := g.of(tagSecret)
	g.id("password", append(appendFrom(append(g.tmp[:0], `p"\`...), &r, base64URL, 9), '!'))
}

func (g *Gen) code() { r := rng{g.rnd.next()}; g.text(appendDigits(g.tmp[:0], &r, 6)) }
func (g *Gen) cvv()  { r := g.of(tagBankCard); g.text(appendDigits(g.tmp[:0], &r, 3)) }

// jwt is a token of three parts.
func (g *Gen) jwt() {
	r := g.of(tagSecret)
	v := append(g.tmp[:0], "eyJhbGciOiJFUzI1NiJ9."...)
	v = append(appendFrom(v, &r, base64URL, 40), '.')
	g.id("token", appendFrom(v, &r, base64URL, 43))
}

func (g *Gen) bearer() {
	r := g.of(tagSecret)
	v := append(g.tmp[:0], "Bearer "...)
	v = appendFrom(v, &r, base64URL, 32)
	g.plant("token", v[len("Bearer "):])
	g.text(v)
}

func (g *Gen) cookie() {
	r := g.of(tagSecret)
	v := append(g.tmp[:0], "SESSION="...)
	v = appendFrom(v, &r, base64URL, 26)
	g.plant("session", v[len("SESSION="):])
	g.text(append(v, "; Path=/; lang=zh-CN"...))
}

func (g *Gen) certificate() {
	r := g.of(tagSecret)
	v := append(g.tmp[:0], "-----BEGIN CERTIFICATE-----\nMIIB"...)
	n := len(v)
	v = appendFrom(v, &r, base64URL, 60)
	g.plant("certificate", v[n:])
	g.text(append(v, "\n-----END CERTIFICATE-----\n"...))
}

func (g *Gen) pushToken() {
	r := g.of(tagPush)
	g.id("push-token", appendFrom(g.tmp[:0], &r, base64URL, 44))
}

// session is the session of the day, not of a person.
func (g *Gen) session() { g.id("session", appendUUID(g.tmp[:0], rng{g.rnd.next()})) }

func (g *Gen) brand()      { g.text(append(g.tmp[:0], g.who.model.brand...)) }
func (g *Gen) model()      { g.text(append(g.tmp[:0], g.who.model.name...)) }
func (g *Gen) osName()     { g.text(append(g.tmp[:0], g.who.model.os...)) }
func (g *Gen) osVersion()  { g.text(append(g.tmp[:0], g.who.model.version...)) }
func (g *Gen) resolution() { g.text(append(g.tmp[:0], g.who.model.resolution...)) }
func (g *Gen) arch()       { g.text(append(g.tmp[:0], g.who.model.arch...)) }
func (g *Gen) soc()        { g.text(append(g.tmp[:0], g.who.model.soc...)) }
func (g *Gen) kernel()     { g.lit(`"5.15.148-android13-8"`) }
func (g *Gen) memory()     { g.b = strconv.AppendInt(g.b, int64(4)<<(g.who.key&3)<<30, 10) }
func (g *Gen) screen()     { g.lit(`[1080,2400,480]`) }
func (g *Gen) sensors()    { g.lit(`["accelerometer","gyroscope","light","proximity"]`) }
func (g *Gen) language()   { g.lit(`"zh-CN"`) }
func (g *Gen) timezone()   { g.lit(`"Asia/Shanghai"`) }

func (g *Gen) userAgent() {
	v := append(g.tmp[:0], "Mozilla/5.0 (Linux; Android "...)
	v = append(append(v, g.who.model.version...), "; "...)
	g.text(append(append(v, g.who.model.name...), ") AppleWebKit/537.36 Mobile Safari/537.36"...))
}

func (g *Gen) operator()    { g.text(append(g.tmp[:0], g.who.plmn.plmn...)) }
func (g *Gen) carrier()     { g.text(append(g.tmp[:0], g.who.plmn.name...)) }
func (g *Gen) networkType() { g.one(networkTypes) }
func (g *Gen) rssi()        { g.b = strconv.AppendInt(g.b, int64(-40-g.rnd.n(50)), 10) }

func (g *Gen) appID() { g.one(appIDs) }

func (g *Gen) appVersion() {
	v := strconv.AppendInt(g.tmp[:0], int64(5+g.rnd.n(4)), 10)
	v = strconv.AppendInt(append(v, '.'), int64(g.rnd.n(20)), 10)
	g.text(strconv.AppendInt(append(v, '.'), int64(g.rnd.n(100)), 10))
}

// appList is the names of installed apps: some say more than their owner would.
func (g *Gen) appList() {
	r := g.of(tagSDKID)
	g.open('[')
	for range 3 {
		g.next()
		app := append(g.tmp[:0], otherApps[r.n(len(otherApps))]...)
		g.id("app-list", app)
	}
	g.close(']')
}

// appUsage is the list with minutes of use.
func (g *Gen) appUsage() {
	r := g.of(tagSDKID)
	g.open('[')
	for range 2 {
		g.next()
		g.open('{')
		g.name("package")
		g.id("app-list", append(g.tmp[:0], otherApps[r.n(len(otherApps))]...))
		g.name("minutes")
		g.b = strconv.AppendInt(g.b, int64(g.rnd.n(240)), 10)
		g.close('}')
	}
	g.close(']')
}

func (g *Gen) installPath() { g.lit(`"/data/app/com.example.weather-1/base.apk"`) }
func (g *Gen) installTime() { g.b = strconv.AppendInt(g.b, g.now-86_400_000*int64(1+g.rnd.n(300)), 10) }
func (g *Gen) channel()     { g.one(channels) }
func (g *Gen) battery()     { g.b = strconv.AppendInt(g.b, int64(g.rnd.n(101)), 10) }
func (g *Gen) boolean()     { g.b = strconv.AppendBool(g.b, g.rnd.n(2) == 0) }
func (g *Gen) eventName()   { g.one(eventNames) }
func (g *Gen) small()       { g.b = strconv.AppendInt(g.b, int64(g.rnd.n(600)), 10) }
func (g *Gen) level()       { g.one(levels) }
func (g *Gen) schema()      { g.lit(`"2.3"`) }
func (g *Gen) seconds()     { g.b = strconv.AppendInt(g.b, g.now/1000, 10) }

// isoTime is the time as RFC 3339 with milliseconds.
func (g *Gen) isoTime() { g.text(appendRFC3339(g.tmp[:0], g.now)) }

func (g *Gen) hexID() { r := rng{g.rnd.next()}; g.id("trace-id", appendHex(g.tmp[:0], &r, 32)) }
func (g *Gen) requestID() {
	g.id("request-id", appendUUID(g.tmp[:0], rng{g.rnd.next()}))
}

// url is a page with a query that names its reader, as links of campaigns do.
func (g *Gen) url() {
	v := append(g.tmp[:0], "https://m.example.com/"...)
	v = append(v, pages[g.rnd.n(len(pages))]...)
	v = append(v, "?id="...)
	v = strconv.AppendInt(v, int64(g.rnd.n(1_000_000)), 10)
	v = append(v, "&utm_source=push&imei="...)
	n := len(v)
	v = appendIMEI(v, g.of(tagIMEI))
	g.plant("imei", v[n:])
	v = append(v, "&phone="...)
	n = len(v)
	v = appendMobile(v, g.of(tagPhone), false)
	g.plant("phone", v[n:])
	g.text(append(v, "&q=%E6%89%8B%E6%9C%BA"...))
}

func (g *Gen) page() { g.one(pages) }
func (g *Gen) clicks() {
	g.lit(`["home","search","item/detail","cart"]`)
}

// embedded is JSON in a string.
func (g *Gen) embedded() {
	v := append(g.tmp[:0], `{"exp":"A/B","oaid":"`...)
	n := len(v)
	v = appendUUID(v, g.of(tagVendorID))
	g.plant("oaid", v[n:])
	v = append(v, `","bucket":`...)
	v = strconv.AppendInt(v, int64(g.rnd.n(100)), 10)
	g.text(append(v, '}'))
}

// sms quotes a number and a name.
func (g *Gen) sms() {
	v := append(g.tmp[:0], "【示例银行】"...)
	n := len(v)
	v = appendName(v, g.of(tagName))
	g.plant("person-name", v[n:])
	v = append(v, "您好,尾号8831的卡支出200.00元,详询"...)
	n = len(v)
	v = appendMobile(v, g.of(tagFriend), false)
	g.plant("phone", v[n:])
	g.text(v)
}

func (g *Gen) chat() { g.id("im-content", append(g.tmp[:0], chats[g.rnd.n(len(chats))]...)) }
func (g *Gen) keyword() {
	g.id("search-keyword", append(g.tmp[:0], searches[g.rnd.n(len(searches))]...))
}
func (g *Gen) remark() { g.text(append(g.tmp[:0], mottos[g.rnd.n(len(mottos))]...)) }

func (g *Gen) callRecords() {
	g.open('[')
	g.next()
	g.open('{')
	g.name("number")
	g.friend()
	g.name("seconds")
	g.small()
	g.close('}')
	g.close(']')
}

// failureText is what a program says when it fails: it quotes what it failed on.
func (g *Gen) failureText() { g.text(g.appendFailure(g.tmp[:0])) }

func (g *Gen) appendFailure(v []byte) []byte {
	v = append(v, "bind failed: device "...)
	n := len(v)
	v = appendIMEI(v, g.of(tagIMEI))
	g.plant("imei", v[n:])
	v = append(v, " not registered (host "...)
	n = len(v)
	v = appendIPv4(v, g.of(tagIP))
	g.plant("ip", v[n:])
	v = append(v, ", user "...)
	n = len(v)
	v = appendEmail(v, g.of(tagName), g.of(tagEmail))
	g.plant("email", v[n:])
	return append(v, ')')
}

func (g *Gen) stack() {
	v := append(g.tmp[:0], "at com.example.Bind.run(Bind.java:"...)
	v = strconv.AppendInt(v, int64(g.rnd.n(500)), 10)
	g.text(append(v, ")\n\tat com.example.Main.run(Main.java:77)\n\tat android.os.Handler.dispatchMessage(Handler.java:106)"...))
}

func (g *Gen) path() {
	v := append(g.tmp[:0], "/storage/emulated/0/"...)
	n := len(v)
	v = appendPinyin(v, g.of(tagName))
	g.plant("login-name", v[n:])
	g.text(append(v, "/Download/report.pdf"...))
}
