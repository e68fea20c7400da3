package synth

// nested writes a usage event. Its sections come in the record's order; what
// is inside them keeps its own.
func (g *Gen) nested() {
	r := rng{g.rnd.next()}
	g.event = eventNames[r.n(len(eventNames))]
	g.open('{')
	g.members(nestedFields, r.n(g.opts.Orders))
	if g.who.minor() {
		g.name("child_mode")
		g.lit("true")
	}
	if g.event == "crash" {
		g.name("failure")
		g.failure()
	}
	g.close('}')
}

var nestedFields = []field{
	{"event", (*Gen).theEvent}, {"ts", (*Gen).millis}, {"seq", (*Gen).sequence}, {"session_id", (*Gen).session},
	{"device", (*Gen).deviceSection}, {"net", (*Gen).netSection}, {"user", (*Gen).userSection}, {"loc", (*Gen).locSection},
	{"url", (*Gen).url}, {"ext", (*Gen).embedded}, {"apps", (*Gen).appUsage}, {"props", (*Gen).propsSection},
}

func (g *Gen) theEvent() { g.str(append(g.tmp[:0], g.event...)) }

// section writes an object of fields that keep their order.
func (g *Gen) section(fields []field) {
	g.open('{')
	g.members(fields, 0)
	g.close('}')
}

func (g *Gen) deviceSection() { g.section(deviceFields) }
func (g *Gen) idsSection()    { g.section(idsFields) }
func (g *Gen) netSection()    { g.section(netFields) }
func (g *Gen) cellSection()   { g.section(cellFields) }
func (g *Gen) userSection()   { g.section(userFields) }
func (g *Gen) locSection()    { g.section(locFields) }
func (g *Gen) propsSection()  { g.section(propsFields) }
func (g *Gen) failure()       { g.section(failureFields) }

// One table per section: a table in a table would refer to itself at
// initialization.
var (
	deviceFields = []field{
		{"imei", (*Gen).imei}, {"ids", (*Gen).idsSection}, {"model", (*Gen).model}, {"brand", (*Gen).brand}, {"os", (*Gen).osName},
		{"os_version", (*Gen).osVersion}, {"screen", (*Gen).screen}, {"battery", (*Gen).battery}, {"rooted", (*Gen).boolean},
	}
	idsFields  = []field{{"android_id", (*Gen).androidID}, {"oaid", (*Gen).oaid}}
	netFields  = []field{{"network_type", (*Gen).networkType}, {"ip", (*Gen).ip}, {"wifi", (*Gen).wifiScan}, {"cell", (*Gen).cellSection}}
	cellFields = []field{{"operator", (*Gen).operator}, {"lac", (*Gen).areaCode}, {"cid", (*Gen).cellNumber}, {"imsi", (*Gen).imsi}}
	userFields = []field{
		{"user_id", (*Gen).userID}, {"uid", (*Gen).uid}, {"phone", (*Gen).phone}, {"nickname", (*Gen).nickname}, {"gender", (*Gen).gender},
		{"age", (*Gen).age}, {"tags", (*Gen).tags}, {"vip", (*Gen).nothing},
	}
	locFields     = []field{{"lat", (*Gen).lat}, {"lon", (*Gen).lon}, {"acc", (*Gen).small}, {"city", (*Gen).city}, {"address", (*Gen).address}}
	propsFields   = []field{{"page", (*Gen).page}, {"duration", (*Gen).small}, {"search_keyword", (*Gen).keyword}, {"code", (*Gen).small}}
	failureFields = []field{{"kind", (*Gen).failureKind}, {"message", (*Gen).failureText}, {"stack", (*Gen).stack}}
)

func (g *Gen) tags() {
	g.open('[')
	for range 1 + g.rnd.n(3) {
		g.next()
		g.text(append(g.tmp[:0], audienceTags[g.rnd.n(len(audienceTags))]...))
	}
	g.close(']')
}

func (g *Gen) nothing()     { g.lit("null") }
func (g *Gen) failureKind() { g.one(failures) }
