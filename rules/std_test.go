package rules

import (
	"os"
	"slices"
	"strings"
	"testing"

	"redactor/detect"
)

// required is the table of requirements.md 1, written a second time: every name
// as it stands there, with the class and level that the catalog must give it.
// A name in two words is the one that a log would have (IM content: imContent).
var required = []struct {
	group string
	level int
	class detect.Class
	names string
}{
	{"std/device", 4, detect.IMEI, "imei imei1 imei2 imeisv"},
	{"std/device", 4, detect.MEID, "meid"},
	{"std/device", 4, detect.IMSI, "imsi subscriberId"},
	{"std/device", 4, detect.ICCID, "iccid simSerial"},
	{"std/device", 4, detect.Serial, "serial serialno sn"},
	{"std/device", 4, detect.Device, "deviceId did udid utdid androidId ssaid oaid vaid aaid idfa idfv ifa gaid adid caid openudid buvid dpidmd5 didsha1 macsha1 fingerprint"},
	{"std/device", 4, detect.Name, "deviceName hostname"},
	{"std/network", 4, detect.MAC, "mac wifiMac btMac bdaddr bluetooth bssid wifiList accessPoint"},
	{"std/network", 4, detect.Device, "ssid"},
	{"std/network", 3, detect.IP, "ip clientIp remoteAddr xForwardedFor proxy"},
	{"std/location", 4, detect.Location, "lat latitude weidu lng lon longitude jingdu latlng gps geo geohash weizhi altitude track poi lac tac cid eci nci cellId baseStation"},
	{"std/location", 4, detect.Address, "address dizhi"},
	{"std/location", 3, detect.Category, "zip city province"},
	{"std/location", 2, detect.Category, "country"},
	{"std/account", 4, detect.Account, "userId uid openid unionid wxid qq username loginName buyeruid eids customerId accountId"},
	{"std/account", 4, detect.Name, "nickname nicheng"},
	{"std/account", 4, detect.URL, "avatar"},
	{"std/secrets", 4, detect.Secret, "password passwd pwd mima pin otp yzm smsCode token accessToken refreshToken sessionId cookie authorization apiKey secret privateKey certificate cvv signature pushToken regId clientId fcmToken apnsToken"},
	{"std/contact", 4, detect.Phone, "phone mobile msisdn tel telephone shouji shoujihao sjh dianhua lxdh"},
	{"std/contact", 4, detect.Email, "email mail youxiang"},
	{"std/contact", 4, detect.Text, "contacts"},
	{"std/contact", 4, detect.Address, "postalAddress"},
	{"std/person", 4, detect.Name, "name realName xingming zsxm"},
	{"std/person", 4, detect.IDCard, "idCard idNo shenfenzheng sfz sfzh zjhm passport"},
	{"std/person", 4, detect.None, "faceId voiceprint"},
	{"std/person", 4, detect.Category, "health ethnicity education"},
	{"std/person", 4, detect.Date, "birthday dob yob csrq shengri"},
	{"std/person", 3, detect.Category, "gender xingbie"},
	{"std/person", 3, detect.Number, "age nianling"},
	{"std/minors", 3, detect.Category, "isMinor childMode coppa"},
	{"std/minors", 3, detect.Name, "guardian"},
	{"std/property", 4, detect.BankCard, "bankCard cardNo yhkh"},
	{"std/property", 4, detect.Account, "orderId transaction"},
	{"std/property", 4, detect.Plate, "plate vin chepai"},
	{"std/property", 4, detect.Category, "credit"},
	{"std/communication", 4, detect.Text, "sms imContent callRecords clipboard searchKeyword"},
	{"std/traits", 2, detect.Category, "brand model manufacturer osVersion kernel baseband cpu memory storage screen resolution arch language timezone sensors"},
	{"std/traits", 2, detect.UserAgent, "userAgent ua"},
	{"std/traits", 4, detect.Device, "fontHash"},
	{"std/software", 4, detect.Category, "apps pkgList installedApps processList"},
	{"std/software", 2, detect.Category, "bundleId package appVersion"},
	{"std/software", 2, detect.None, "installPath"},
	{"std/software", 2, detect.Time, "installTime"},
	{"std/network", 2, detect.Category, "isp operator carrier networkType networkState"},
	{"std/network", 2, detect.Number, "networkQuality"},
	{"std/usage", 3, detect.Time, "ts time eventTime bootTime"},
	{"std/usage", 3, detect.Number, "duration frequency"},
	{"std/usage", 3, detect.URL, "url referer page"},
	{"std/usage", 3, detect.Category, "clickstream"},
	{"std/usage", 3, detect.Account, "traceId requestId eventId"},
	{"std/technical", 1, detect.None, "event type code level version schemaVersion status"},
	{"std/technical", 1, detect.Number, "battery count"},
	{"std/text", 4, detect.Text, "message msg log stack crash error desc remark beizhu path extra ext"},
}

// stdMatches returns the entries of the whole catalog that match name, the way
// the language says it: folded, a leading * for any beginning.
func stdMatches(name string) (exact, wild []StdEntry) {
	for _, group := range stdGroupNames() {
		list, _ := stdGroup(group)
		for _, e := range list {
			for _, key := range e.Keys {
				suffix, isWild := strings.CutPrefix(foldForTest(key), "*")
				switch {
				case isWild && strings.HasSuffix(foldForTest(name), suffix):
					wild = append(wild, e)
				case !isWild && foldForTest(name) == suffix:
					exact = append(exact, e)
				}
			}
		}
	}
	return exact, wild
}

var foldForTest = func() func(string) string {
	r := strings.NewReplacer("_", "", "-", "")
	return func(s string) string { return strings.ToLower(r.Replace(s)) }
}()

func TestStdKnowsEveryRequiredName(t *testing.T) {
	for _, want := range required {
		group, ok := stdGroup(want.group)
		if !ok {
			t.Fatalf("no group %s", want.group)
		}
		for _, name := range strings.Fields(want.names) {
			exact, wild := stdMatches(name)
			if len(exact) != 1 {
				t.Errorf("%s: %d entries have it as a key, want 1", name, len(exact))
				continue
			}
			got := exact[0]
			if got.Level != want.level || got.Class != want.class {
				t.Errorf("%s: entry %s is L%d %v, want L%d %v", name, got.Name, got.Level, got.Class, want.level, want.class)
			}
			if !slices.ContainsFunc(group, func(e StdEntry) bool { return e.Name == got.Name }) {
				t.Errorf("%s: entry %s is not in %s", name, got.Name, want.group)
			}
			for _, w := range wild {
				if w.Name != got.Name && (w.Level != got.Level || w.Class != got.Class) {
					t.Errorf("%s: a wildcard of %s (L%d %v) overrides %s", name, w.Name, w.Level, w.Class, got.Name)
				}
			}
		}
	}
}

// The table above is a copy; where the original is at hand, no word of it may
// be missing here.
func TestRequiredIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../shared/requirements.md")
	if err != nil {
		t.Skip("the requirements are not beside this module")
	}
	known := strings.Fields(strings.Join(stdContainers(), " ") + `
		own domain cell push tokens only drop or replace coarse lists four apps single a person out until scrubbed
		postalAddress imContent callRecords`)
	for _, r := range required {
		known = append(known, strings.Fields(r.names)...)
	}
	_, table, _ := strings.Cut(string(page), "| group |")
	table, _, _ = strings.Cut(table, "\n## 2")
	phrases := strings.NewReplacer("postal address", "postalAddress", "IM content", "imContent", "call records", "callRecords",
		"`ap`", "", "·", " ", ":", " ", ";", " ", ",", " ", "(", " ", ")", " ", "L4", "", "L3", "", "L2", "")
	words := 0
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, word := range strings.Fields(phrases.Replace(cells[2])) {
			words++
			if !slices.Contains(known, word) {
				t.Errorf("requirements.md 1 names %s, and this test does not", word)
			}
		}
	}
	if words < 200 {
		t.Fatalf("read %d words of the table; its form must have changed", words)
	}
}

func TestStdFolds(t *testing.T) {
	for name, want := range map[string]string{
		"IMEI": "imei", "imei_1": "imei", "Device-IMEI": "imei", "sim2_imei": "imei", "android-id": "android-id", "ANDROID_ID": "android-id",
		"X-Forwarded-For": "client-ip", "client_ip": "client-ip", "wifi_mac_address": "mac", "user_id": "user-id", "targetUserID": "user-id",
		"real_name": "person-name", "start_latitude": "coordinates", "app_secret": "api-key", "wx_openid": "user-id", "csrf-token": "token",
		"old_password": "password", "pay_phone_no": "phone", "router_bssid": "bssid",
	} {
		exact, wild := stdMatches(name)
		all := append(exact, wild...)
		if len(all) == 0 || all[0].Name != want {
			t.Errorf("%s: matched by %v, want %s first", name, all, want)
		}
	}
}

// Names that end or begin like one of ours and hold nothing of a person.
func TestStdLeavesHarmlessNamesAlone(t *testing.T) {
	for _, name := range strings.Fields(`homeId gameId frameId cloudId format flat microphone headphone isPhone isValidCard machine macro
		ship clip zipped chip tooltip description_length pageSize cityCount platform_fee renamed filename_length emailVerified spinner
		pingPong mailbox_size typeface countdown battery_temperature codec levels statusBar tokenizer secretary sidebar`) {
		exact, wild := stdMatches(name)
		if len(exact)+len(wild) > 0 {
			t.Errorf("%s is matched by %v", name, append(exact, wild...))
		}
	}
}

func TestStdContainersAreTheRequiredOnes(t *testing.T) {
	want := strings.Fields(`device network net wifi cell location loc user account app event events data payload properties props context ctx
		params body request response extra meta items list`)
	if got := stdContainers(); !slices.Equal(got, want) {
		t.Errorf("containers: %v\nwant %v", got, want)
	}
}

func TestStdUse(t *testing.T) {
	for _, c := range []struct{ use, want string }{
		{"", ""},
		{"std/nothing", ""},
		{"std/device", "std/device std/secrets"},
		{"std/secrets", "std/secrets"},
		{"std/text std/usage std/device std/text", "std/device std/secrets std/usage std/technical std/text"},
	} {
		if got := strings.Join(stdUse(strings.Fields(c.use)), " "); got != c.want {
			t.Errorf("use %q takes up %q, want %q", c.use, got, c.want)
		}
	}
}
