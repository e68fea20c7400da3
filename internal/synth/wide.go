package synth

// wide writes two of the sections below beside the frame of every record, so
// that over some dozens of records every name of the catalog's requirement is
// seen, in each spelling that a kind of client has: camelCase from SDKs,
// snake_case and kebab-case from back ends, pinyin from forms.
func (g *Gen) wide() {
	order := g.rnd.n(g.opts.Orders)
	first := g.rnd.n(len(wideSections))
	second := (first + 1 + g.rnd.n(len(wideSections)-1)) % len(wideSections)
	g.open('{')
	g.members(wideFrame, order)
	for _, i := range [2]int{first, second} {
		s := &wideSections[i]
		g.object(s.name)
		g.members(s.fields, order)
		g.close('}')
	}
	g.close('}')
}

var wideFrame = []field{{"type", (*Gen).eventName}, {"time", (*Gen).isoTime}, {"seq", (*Gen).sequence}, {"userId", (*Gen).userID}}

// wideSections are objects under names that carry no data; a name stands twice
// nowhere, so that two sections never make a record with equal names.
var wideSections = []struct {
	name   string
	fields []field
}{
	{"device", []field{
		{"imei1", (*Gen).imei}, {"imei2", (*Gen).imei2}, {"imeisv", (*Gen).imeisv}, {"device-imei", (*Gen).imeiNumber}, {"meid", (*Gen).meid},
		{"subscriberId", (*Gen).imsi}, {"iccid", (*Gen).iccid}, {"simSerial", (*Gen).iccid}, {"serial", (*Gen).serial}, {"serialno", (*Gen).serial},
		{"SN", (*Gen).serial}, {"deviceId", (*Gen).androidID}, {"did", (*Gen).vendorID}, {"udid", (*Gen).hex40}, {"deviceName", (*Gen).deviceName},
		{"hostname", (*Gen).hostname}, {"bluetooth", (*Gen).bluetooth},
	}},
	{"payload", []field{
		{"utdid", (*Gen).utdid}, {"ssaid", (*Gen).androidID}, {"OAID", (*Gen).oaid}, {"vaid", (*Gen).vendorID}, {"aaid", (*Gen).vendorID},
		{"idfa", (*Gen).idfa}, {"idfv", (*Gen).vendorID}, {"ifa", (*Gen).idfa}, {"gaid", (*Gen).oaid}, {"adid", (*Gen).hex32}, {"caid", (*Gen).hex32},
		{"openudid", (*Gen).hex40}, {"buvid", (*Gen).buvid}, {"dpidmd5", (*Gen).hex32}, {"didsha1", (*Gen).hex40}, {"macsha1", (*Gen).hex40},
		{"fingerprint", (*Gen).hex40}, {"fontHash", (*Gen).hex32},
	}},
	{"network", []field{
		{"wifi-mac", (*Gen).mac}, {"btMac", (*Gen).bluetooth}, {"bdaddr", (*Gen).bluetoothBare}, {"wifiList", (*Gen).wifiScan},
		{"accessPoint", (*Gen).bssidList}, {"bssid", (*Gen).bssid}, {"ssid", (*Gen).ssid}, {"clientIp", (*Gen).ip}, {"remote_addr", (*Gen).ip},
		{"X-Forwarded-For", (*Gen).forwardedFor}, {"proxy", (*Gen).proxy}, {"isp", (*Gen).carrier}, {"carrier", (*Gen).carrier},
		{"networkState", (*Gen).networkType}, {"networkQuality", (*Gen).rssi},
	}},
	{"location", []field{
		{"latitude", (*Gen).lat}, {"longitude", (*Gen).lon}, {"weidu", (*Gen).latString}, {"jingdu", (*Gen).lonString}, {"lng", (*Gen).lonString},
		{"latlng", (*Gen).latLng}, {"gps", (*Gen).latLonObject}, {"geo", (*Gen).latLonObject}, {"geohash", (*Gen).geohash}, {"weizhi", (*Gen).poi},
		{"altitude", (*Gen).altitude}, {"track", (*Gen).track}, {"poi", (*Gen).poi}, {"dizhi", (*Gen).address}, {"tac", (*Gen).areaCode},
		{"eci", (*Gen).cellNumber}, {"nci", (*Gen).cellNumber}, {"cellId", (*Gen).cellNumber}, {"baseStation", (*Gen).cellNumber},
		{"zip", (*Gen).zip}, {"province", (*Gen).province}, {"country", (*Gen).country},
	}},
	{"account", []field{
		{"openid", (*Gen).openID}, {"unionid", (*Gen).openID}, {"wxid", (*Gen).wxID}, {"qq", (*Gen).qq}, {"username", (*Gen).loginName},
		{"login_name", (*Gen).loginName}, {"nickname", (*Gen).nickname}, {"nicheng", (*Gen).nickname}, {"avatar", (*Gen).avatar},
		{"buyeruid", (*Gen).openID}, {"eids", (*Gen).eids}, {"customer-id", (*Gen).uid}, {"accountId", (*Gen).uid},
	}},
	{"params", []field{
		{"password", (*Gen).password}, {"passwd", (*Gen).password}, {"pwd", (*Gen).password}, {"mima", (*Gen).password}, {"pin", (*Gen).code},
		{"otp", (*Gen).code}, {"yzm", (*Gen).code}, {"smsCode", (*Gen).code}, {"token", (*Gen).jwt}, {"access_token", (*Gen).jwt},
		{"refreshToken", (*Gen).secret}, {"cookie", (*Gen).cookie}, {"Authorization", (*Gen).bearer}, {"api-key", (*Gen).secret},
	}},
	{"request", []field{
		{"secret", (*Gen).secret}, {"privateKey", (*Gen).certificate}, {"certificate", (*Gen).certificate}, {"cvv", (*Gen).cvv},
		{"signature", (*Gen).hex40}, {"pushToken", (*Gen).pushToken}, {"regId", (*Gen).pushToken}, {"client_id", (*Gen).hex32},
		{"fcmToken", (*Gen).pushToken}, {"apns_token", (*Gen).hex40}, {"sessionId", (*Gen).session},
	}},
	{"user", []field{
		{"mobile", (*Gen).e164}, {"msisdn", (*Gen).e164}, {"tel", (*Gen).landline}, {"telephone", (*Gen).landline}, {"shouji", (*Gen).phone},
		{"shoujihao", (*Gen).phone}, {"sjh", (*Gen).phone}, {"dianhua", (*Gen).landline}, {"lxdh", (*Gen).friend}, {"email", (*Gen).email},
		{"mail", (*Gen).email}, {"youxiang", (*Gen).email}, {"contacts", (*Gen).contacts}, {"postal_address", (*Gen).addressElsewhere},
	}},
	{"body", []field{
		{"name", (*Gen).realName}, {"real_name", (*Gen).realName}, {"xingming", (*Gen).realName}, {"zsxm", (*Gen).realName},
		{"idCard", (*Gen).citizenID}, {"id_no", (*Gen).citizenID}, {"shenfenzheng", (*Gen).citizenID}, {"sfz", (*Gen).citizenID},
		{"sfzh", (*Gen).citizenID}, {"zjhm", (*Gen).passport}, {"passport", (*Gen).passport}, {"faceId", (*Gen).biometric},
		{"voiceprint", (*Gen).biometric}, {"health", (*Gen).health}, {"ethnicity", (*Gen).ethnicity}, {"education", (*Gen).education},
		{"birthday", (*Gen).birthday}, {"dob", (*Gen).birthday}, {"yob", (*Gen).birthYear}, {"csrq", (*Gen).birthPlain}, {"shengri", (*Gen).birthday},
		{"xingbie", (*Gen).gender2}, {"nianling", (*Gen).age}, {"isMinor", (*Gen).isMinor}, {"child_mode", (*Gen).isMinor},
		{"coppa", (*Gen).coppa}, {"guardian", (*Gen).guardian},
	}},
	{"data", []field{
		{"bankCard", (*Gen).bankCard}, {"card_no", (*Gen).bankCardSpaced}, {"yhkh", (*Gen).bankCard}, {"orderId", (*Gen).orderID},
		{"plate", (*Gen).plate}, {"chepai", (*Gen).plate}, {"vin", (*Gen).vin}, {"transaction", (*Gen).transaction}, {"credit", (*Gen).credit},
		{"sms", (*Gen).sms}, {"im-content", (*Gen).chat}, {"callRecords", (*Gen).callRecords}, {"clipboard", (*Gen).chat}, {"searchKeyword", (*Gen).keyword},
	}},
	{"properties", []field{
		{"message", (*Gen).failureText}, {"msg", (*Gen).failureText}, {"log", (*Gen).failureText}, {"stack", (*Gen).stack}, {"crash", (*Gen).failureText},
		{"error", (*Gen).failureText}, {"desc", (*Gen).remark}, {"remark", (*Gen).remark}, {"beizhu", (*Gen).remark}, {"path", (*Gen).path},
		{"extra", (*Gen).embedded},
	}},
	{"app", []field{
		{"manufacturer", (*Gen).brand}, {"kernel", (*Gen).kernel}, {"baseband", (*Gen).kernel}, {"cpu", (*Gen).soc}, {"memory", (*Gen).memory},
		{"storage", (*Gen).memory}, {"resolution", (*Gen).resolution}, {"arch", (*Gen).arch}, {"userAgent", (*Gen).userAgent}, {"ua", (*Gen).userAgent},
		{"sensors", (*Gen).sensors},
		{"language", (*Gen).language}, {"timezone", (*Gen).timezone}, {"pkgList", (*Gen).appList}, {"installedApps", (*Gen).appList}, {"processList", (*Gen).appList},
		{"bundleId", (*Gen).appID}, {"appVersion", (*Gen).appVersion}, {"installPath", (*Gen).installPath}, {"installTime", (*Gen).installTime},
	}},
	{"context", []field{
		{"event_time", (*Gen).isoTime}, {"bootTime", (*Gen).seconds}, {"frequency", (*Gen).small}, {"referer", (*Gen).url},
		{"clickstream", (*Gen).clicks}, {"traceId", (*Gen).hexID}, {"request-id", (*Gen).requestID}, {"eventId", (*Gen).requestID},
		{"level", (*Gen).level}, {"version", (*Gen).appVersion}, {"schema_version", (*Gen).schema}, {"count", (*Gen).small}, {"status", (*Gen).small},
	}},
}
