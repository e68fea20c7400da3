package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The rows of the leak matrix that are about detectors, by what they are about.
// In a text, what must go is between ⟦ and ⟧; nothing else may.

func checkMarked(t *testing.T, s *Scanner, marked string) {
	t.Helper()
	var want []string
	text := ""
	for rest := marked; rest != ""; {
		before, after, ok := strings.Cut(rest, "⟦")
		text += before
		if !ok {
			break
		}
		value, next, ok := strings.Cut(after, "⟧")
		if !ok {
			t.Fatalf("%q is not closed", marked)
		}
		want = append(want, fmt.Sprintf("%d:%s", len(text), value))
		text += value
		rest = next
	}
	var got []string
	for _, f := range s.Find(nil, []byte(text)) {
		got = append(got, fmt.Sprintf("%d:%s", f.Start, text[f.Start:f.End]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got %q\nwant %q", marked, got, want)
	}
}

var marked = map[string][]string{
	"imei": {
		"⟦354178036859789⟧", "imei=⟦35417803685978⟧", "imeisv ⟦3541780368597812⟧", "imei ⟦35-417803-685978-9⟧", "⟦35 417803 685978 9⟧", "imei ⟦35.417803.685978.9⟧", "⟦354178-03-685978-9⟧",
		"imei ⟦35-417803-685978⟧", "IMEI/SV: ⟦35-417803-685978-23⟧", "x 35417803685978 y", "imei ⟦354178036859789/01⟧",
	},
	"imei glued": {
		"imei⟦354178036859789⟧", "IMEI⟦354178036859789⟧ok", "dev_⟦354178036859789⟧_log", "号⟦354178036859789⟧号", "imei:⟦354178036859789⟧", "_⟦354178036859789⟧.txt",
		"(⟦354178036859789⟧)", "⟦354178036859789⟧,⟦490154203237518⟧", "imei1=⟦354178036859789⟧&imei2=⟦490154203237518⟧", "a354178036859789b", "1354178036859789x",
	},
	"labelled": {
		"imsi ⟦460001234567890⟧", "IMSI: ⟦310260123456789⟧", "iccid=⟦89860012345678901238⟧", "⟦8931440231415916409F⟧", "sim ⟦8986 0012 3456 7890 1238⟧", "meid: ⟦AF0123450ABCDE⟧",
		"MSISDN ⟦8613800138000⟧", "android_id=⟦3f8a9c2d1e4b5a67⟧", "androidId: ⟦3F8A9C2D1E4B5A67⟧", "idfa ⟦6D92078A-8246-4BA4-AE5B-76104861E7DC⟧", "gaid=⟦6d92078a-8246-4ba4-ae5b-76104861e7dc⟧",
		"oaid: ⟦1fe9a970efbb29e0a2b3c4d5e6f70819⟧", "IDFV:⟦6D92078A-8246-4BA4-AE5B-76104861E7DC⟧", "trace=3f8a9c2d1e4b5a67", "sha=1fe9a970efbb29e0a2b3c4d5e6f70819",
		"android_id=⟦3f8a9c2d1e4b5a67⟧, span 3f8a9c2d1e4b5a67", "seq 460001234567890", "dispositivo ⟦3f8a9c2d1e4b5a67⟧", "设备标识：⟦3f8a9c2d1e4b5a67⟧",
	},
	"mac": {
		"⟦00:00:5E:00:53:01⟧", "⟦00-00-5e-00-53-01⟧", "⟦0000.5e00.5301⟧", "⟦00_00_5e_00_53_01⟧", "mac ⟦00005e005301⟧", "wifiMac=⟦00005E005301⟧", "bssid: \"⟦00005e005301⟧\"", "hash 00005e005301",
		"⟦02-00-5e-ff-fe-00-53-01⟧", "mac=⟦00%3A00%3A5e%3A00%3A53%3A01⟧", "mac=⟦00%253A00%253A5e%253A00%253A53%253A01⟧", "10:2F:33-AC-29-C3", "⟦02:00:00:00:00:00⟧", "FF:FF:FF:FF:FF:FF", "00:1A:2B:3C:4D",
		"mac⟦00:00:5e:00:53:01⟧", "号⟦00:00:5e:00:53:01⟧号", "wlan0_⟦00:00:5e:00:53:01⟧", "26-11-21-23-51-52.log", "⟦aa:bb:cc:dd:ee:ff⟧", "mac_⟦00_00_5e_00_53_01⟧_x", "⟦00:00:5e:00:53:01⟧→⟦00:00:5e:00:53:02⟧",
	},
	"ipv4": {
		"⟦192.0.2.1⟧:443", "⟦192.0.2.0⟧/24", "from ⟦192.0.2.1⟧.", "(⟦192.0.2.1⟧)", "http://⟦192.0.2.1⟧/x", "ip⟦192.0.2.1⟧号", "⟦192.0.2.1⟧-⟦192.0.2.9⟧", "⟦192.0.2.1⟧,⟦192.0.2.2⟧",
		"010.001.002.003", "192.0.2.256", "1.2.3.4.5", "version 1.2.3.4", "v1.2.3.4", "app-1.2.3.4.apk", "Chrome/120.0.0.0 Safari/537.36", "版本：1.2.3.4", "build: 1.2.3.4", "1.2.3.4-beta",
		"netmask 255.255.255.0", "host/⟦198.51.100.7⟧:80", "0.0.0.0", "ip%3D⟦192.0.2.1⟧%26x", "⟦192%2E0%2E2%2E1⟧",
	},
	"ipv6": {
		"⟦2001:db8::1⟧ end", "⟦2001:DB8:0:0:8:800:200C:417A⟧", "⟦::ffff:192.0.2.1⟧", "⟦fe80::1%eth0⟧", "[⟦2001:db8::1⟧]:443", "⟦fe80::1⟧ ⟦fe80::2⟧", "⟦2400:c401:1:2::1⟧", "⟦::1⟧", "⟦2001:db8::⟧/32",
		"⟦64:ff9b::192.0.2.33⟧", "⟦2001:db8::1⟧,⟦2001:db8::2⟧", "地址⟦2001:db8::1⟧。", "⟦aa:bb:cc:dd:ee:ff:00:11⟧", "std::string", "Foo::add1", "12:34:56", "a::b", "ace::add", "12:34:56:78", "::", "x ::y",
		"⟦2001:db8:1:2:3:4:5:6⟧.", "ip=⟦2001%3Adb8%3A%3A1⟧&x", "⟦fe80::1%25eth0⟧", "1:2:3:4:5:6:7:8:9:10:11", "MD5 43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8", "⟦2001:db8:1:2:3:4:5:6⟧:443",
	},
	"phone": {
		"⟦13800138000⟧", "tel⟦13800138000⟧", "⟦+8613800138000⟧", "⟦+86 138-0013-8000⟧", "⟦+86-138-0013-8000⟧", "⟦86 138 0013 8000⟧", "⟦008613800138000⟧", "⟦138 0013 8000⟧", "⟦138-0013-8000⟧", "手机号⟦13800138000⟧。",
		"⟦010-62345678⟧", "⟦0755-26123456⟧", "电话 ⟦01062345678⟧", "⟦+1 (415) 555-0100⟧", "⟦+14155550100⟧", "⟦415-555-0100⟧", "(⟦415) 555-0100⟧", "⟦+44 20 7946 0958⟧", "⟦+34 612 345 678⟧",
		"phone: ⟦1440012345678⟧", "12345678901", "15400138000", "1700000000000", "2026-11-21 23:51:52", "+0800", "UTC+08:00", "2026-11-21T23:51:52+0800", "teléfono ⟦+34612345678⟧", "⟦13800138000⟧ 31ms",
		"a13800138000b", "１３８", "⟦１３８００１３８０００⟧", "⟦138\u200b0013\u200b8000⟧", "⟦138\u20110013\u20118000⟧", "⟦138\u00a00013\u00a08000⟧",
	},
	"cards and numbers of persons": {
		"⟦4111 1111 1111 1111⟧", "⟦4111-1111-1111-1111⟧", "card ⟦6212345678901234569⟧", "⟦378282246310005⟧", "⟦3782 822463 10005⟧", "4111111111111112", "4111 1111-1111 1111", "1748503543012",
		"⟦DE89370400440532013000⟧", "⟦DE89 3704 0044 0532 0130 00⟧", "⟦GB29 NWBK 6016 1331 9268 19⟧", "⟦NL91ABNA0417164300⟧", "DE88370400440532013000", "iban:⟦FR1420041010050500013M02606⟧",
		"⟦11010519491231002X⟧", "身份证⟦11010519491231002x⟧号", "⟦110105 19491231 002X⟧", "110105194912310021", "110105194902300026", "身份证：⟦110105491231002⟧", "id 110105491231002",
		"⟦a.b+c@example.com⟧,", "<⟦a@example.co.uk⟧>", "mailto:⟦a_b@example.com⟧?subject", "邮箱⟦li.lei@example.com⟧。", "email=⟦li%40example.com⟧&x", "user@localhost", "icon@2x.png", "⟦x@xn--fiqs8s.xn--fiqs8s⟧", "⟦li＠example.com⟧",
		"email:⟦a@example.com⟧;⟦b@example.com⟧", "⟦6d92078a-8246-4ba4-ae5b-76104861e7dc⟧", "00000000-0000-0000-0000-000000000000", "uuid⟦6d92078a-8246-4ba4-ae5b-76104861e7dc⟧", "x-6d92078a-8246-4ba4-ae5b-76104861e7dc-1234567890ab",
		"ssn ⟦123456789⟧", "123456789", "⟦123-45-6789⟧", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000",
	},
	"coordinates": {
		"⟦39.904200,116.407400⟧", "⟦-33.8688, 151.2093⟧", "lat=⟦39.904⟧, lon=⟦116.407⟧", "loc ⟦39.904,116.407⟧", "⟦116.407400,39.904200⟧", "load 0.123, 0.456", "39.904,999.000", "took 12.345s", "12:34:56.7891, 12.3456x",
		"纬度：⟦39.904200⟧", "latitud ⟦-33.868800⟧", "151.209300,-33.868800", "gps ⟦39.9042/116.4074⟧",
	},
	"secrets": {
		"⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln⟧", "Bearer ⟦0123456789abcdefABCDEF⟧", "⟦ghp_0123456789abcdefghijABCDEFGHIJ012345⟧", "key ⟦AKIA0123456789ABCDEF⟧", "https://⟦svc:p4ss⟧@example.com/x",
		"⟦-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----⟧ after", "⟦-----BEGIN PRIVATE KEY-----\nMIIB cut off⟧", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
		"password=⟦hunter22⟧&x=1", "\"passwd\": \"⟦hunter22⟧\"", "密码：⟦hunter22⟧", "password=****", "api_key: ⟦0123456789abcdef0123⟧", "token=null", "NullPointerExceptionInClass1", "contraseña: ⟦secreto1⟧",
	},
	"names and places": {
		"姓名：⟦张三⟧", "联系人: ⟦欧阳修文⟧，", "姓名=⟦买买提·艾力⟧ ", "Full name: ⟦Alice Example⟧,", "\"real_name\":\"⟦Alice⟧\"", "nombre: ⟦José Ejemplo⟧", "name=com.example.app", "用户张三打开", "filename: Alice",
		"地址：⟦北京市海淀区中关村大街1号⟧，", "收货地址:⟦上海市浦东新区世纪大道100号⟧;", "Address: ⟦221B Baker Street, London⟧", "dirección: ⟦Calle Mayor 12, 28013 Madrid⟧", "address: 0x7fff5fbff8c0", "bind address=:8080", "IP address: ⟦192.0.2.1⟧",
	},
	"overlaps": {
		"⟦::ffff:192.0.2.128⟧", "⟦6d92078a-8246-4ba4-ae5b-354178036859⟧", "https://⟦u:13800138000⟧@example.com", "password=⟦13800138000⟧", "⟦4111 1111 1111 1111⟧ 354178", "⟦aa:bb:cc:dd:ee:ff:00:11⟧",
	},
	"logs of others": { // of Hadoop, ZooKeeper, sshd, the kernel, Android, systemd, tcpdump, npm, git, and what they hold
		"Receiving block blk_-1608999687919862906 src: /⟦10.250.19.102⟧:54106", "Received block blk_6952295868487656571 of size 67108864", "Verification succeeded for blk_-4980916519894289629", "id=-4111111111111111111",
		"IN=eth0 OUT= MAC=⟦00:00:5e:00:53:01:00:00:5e:00:53:02:08:00⟧ SRC=⟦203.0.113.5⟧", "serial 01:8f:2a:3b:4c:5d:6e:7f:80:91:a2:b3:c4:d5", "DHCPACK to ⟦00:00:5e:00:53:0a⟧ (android-⟦3f8a9c2d1e4b5a67⟧)",
		"IP ⟦192.0.2.5⟧.51234 > ⟦198.51.100.6⟧.443: Flags [S]", "192.0.2.5.443 ok", "Package_for_KB~31bf3856ad364e35~amd64~~6.1.1.2, x", "com.whatsapp 2.23.25.83 targetSdk=33", "bootloader 1.0.0.12",
		"imei-⟦354178036859789⟧-2024.log", "call_⟦13800138000⟧_20240501.amr", "tel-⟦13800138000⟧-20240501.amr", "ab-354178036859789-2024.log", "354178036859789-2024",
		"Started user@1000.service", "getty@tty1.service", "lodash@4.17.21.tgz", "git@github.com:org/repo.git", "⟦li@example.com⟧.log", "react@18.2.0.js",
		"Mem: 17179869184", "phone 17179869184 bytes", "TX bytes 13812345678", "AUTO_INCREMENT=13912345678", "took 13812345678 ns", "第13912345678次迭代", "phone ⟦17179869184⟧", "sent ⟦13812345678⟧ now", "⟦13812345678⟧ us-east",
		"[instance: b9000564-fe1a-409b-b8cc-1e88b294cd1d]", "req-38101a0b-2096-447d-96ea-162415ae66ae", "{31BF3856-AD36-4E35-8E5B-0C04F1D0F0A1}", "idfa {⟦31BF3856-AD36-4E35-8E5B-0C04F1D0F0A1⟧}", "device ⟦31bf3856-ad36-4e35-8e5b-0c04f1d0f0a1⟧",
		"uptime=13812345678", `resourceVersion: "13800138001"`, `generation=13800138001`, "up since ⟦13812345678⟧", `reconcileID="7c9e6679-7425-40de-944b-e07fc1f90ae7"`,
		"TTY=pts/0 ; PWD=/home/deploy ; USER=root", "OLDPWD=/srv/app", "pwd=⟦/home/deploy⟧", "DB_PWD=⟦/home/deploy⟧", "PWD: ⟦/home/deploy⟧", "PWD=⟦hunter22⟧",
		"accel [0.0234, 9.8123, -0.1234]", "acc=0.12345,9.80665,0.03456 t=1", "gps ⟦39.9042,116.4074⟧,35.1234", "line ⟦39.9042,116.4074⟧ ⟦39.9051,116.4080⟧",
	},
	"text of others": { // changelogs, dpkg's log, manuals, source code, assembly: what TestForeignText has shown
		"see section 3.4.1.2", "rfc7231#section-7.1.1.1", `ObjectIdentifier("2.5.29.9")`, "OID: 1.3.101.110", ".. versionadded:: 0.7.100.3", "section of ⟦192.0.2.1⟧",
		"status installed alsa-topology-conf:all 1.2.5.1-2", "Unpacking alsa-topology-conf (1.2.5.1-2) ...", "alsa-topology-conf_1.2.5.1-2_all.deb", "libpam0g (>= 0.99.7.1)", "zlib1g (>= 1:1.2.2.3)", "(⟦192.0.2.1⟧-⟦192.0.2.9⟧)", "all ⟦192.0.2.1⟧-2", "(⟦192.0.2.1⟧-254)",
		"toks[::2]", "args[1][::2], x", "[⟦::1⟧]:80", "to[⟦::1⟧]:80", "[⟦::2⟧]", "0063 ; [.1FD7.0020.0002] # LATIN", "⟦0063.1FD7.0020⟧",
		"golang.org/toolchain@v0.0.1-go1.999testmod.aix-ppc64", "pkg@1.2.3-beta.next", "⟦li@v1.example.com⟧", "⟦li@1.2.example.com⟧", "ks_IN@devanagari.UTF-8", "``@dataclasses.dataclass``", "kex: hmac-sha2-256-etm@openssh.com compression", "⟦li@openssh.community⟧", "⟦a-b@example.com⟧",
		"5421 5457 5459 5423 5432 5482 5494 5477 5471 5464", "543E 5446 5443 5433 5448 5442", "8963 8964 8965 8966 8967 8968", "⟦4111 1111 1111 1111⟧ ⟦5500 0000 0000 0004⟧", "⟦4111 1111 1111 1111⟧ 12", "12345 ⟦4111 1111 1111 1111⟧ 26",
		"{-6835753265595711384, -650724069}", ".quad -6067343680855748867", "movabsq $-6067343680855748867, %rdx", ".quad -8929835859451740015", "card-⟦6222021234567890128⟧",
		"started m=+24906.653563401", "Thu Feb 04 21:00:57 +1130 2010", "m=⟦+14155550100⟧", "at 21:00:57 ⟦+1415 555 0100⟧", "2393,-188 2402.8888,-165", "C++14 20.12.4", "⟦138.0013.8000⟧",
		"[0.8084217, 0.7915276]", "p=0.80842,0.79152,0.77595,0.12345", "⟦0.8084217, 1.7915276⟧", "loc ⟦0.8084217, 0.7915276⟧", "-99.9999999,7.540083334884096e-145", "-1.0000000000000002, 4.5035996273704955e+15", "⟦39.9042,116.4074⟧e", "doi.org/10.1109/26.231911",
		"fullname = VMS::Filespec::x", "OID_GIVEN_NAME = NameOID.GIVEN_NAME", "surname=⟦Doe⟧", "addr = ld.Rnd(4096, x) + int64(ld.HEADR)", "address: an IPv4 or IPv6 for the protocols", "address: ⟦Flat B12 Elm Street⟧", "address: ⟦12 Rue de la Paix (rear), Paris⟧",
	},
	"nothing": {
		"2026-11-21T23:51:52.123Z INFO [worker-3] start", "at com.foo.Bar.baz(Bar.java:123)", "build 20261121.1.2", "10.15.7", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "std::vector<std::pair<int, a::b>>",
		"0x00007fff5fbff8c0", "size=1048576 crc=9f3a01bc", "epoch 1700000000", "epoch 1700000000000", "1700000000000000000ns", "TP1A.220624.014", "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36", "12.5%", "100% done: 5/7",
		"a=1&b=2", "0.123456789", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "[00:12:34] 1/2 3/4", "x@y", "+1", "....", "1.2.3", "-----", "::::", "W/ActivityManager( 1234): slow",
	},
}

func TestMatrix(t *testing.T) {
	s := newScanner(t, AllDetectors)
	for name, texts := range marked {
		t.Run(name, func(t *testing.T) {
			for _, text := range texts {
				checkMarked(t, s, text)
				checkMarked(t, s, strings.Repeat("lorem ", 17)+text) // across windows
			}
		})
	}
}

// TestSSNSerials: one alternation of a well-known tool misses a third of them.
func TestSSNSerials(t *testing.T) {
	s := newScanner(t, SetOf(DetectSSN))
	var spans []Span
	for serial := 1; serial <= 9999; serial++ {
		for _, text := range []string{fmt.Sprintf("123-45-%04d", serial), fmt.Sprintf("ssn 12345%04d", serial)} {
			if spans = s.Find(spans[:0], []byte(text)); len(spans) != 1 || int(spans[0].End) != len(text) {
				t.Fatalf("%s: %v", text, spans)
			}
		}
	}
}

// TestLuhnDigits: of ten last digits one is right, at every length.
func TestLuhnDigits(t *testing.T) {
	s := newScanner(t, SetOf(DetectIMEI, DetectBankCard, DetectICCID))
	for _, head := range []string{"35417803685978", "411111111111111", "37828224631000", "8986001234567890123", "893144023141591640", "621234567890123456"} {
		hits := 0
		for c := byte('0'); c <= '9'; c++ {
			hits += len(s.Find(nil, append([]byte(head), c)))
		}
		if hits != 1 {
			t.Errorf("%s: %d digits are right", head, hits)
		}
	}
}

// TestCitizenDigits: of eleven check characters one is right.
func TestCitizenDigits(t *testing.T) {
	s := newScanner(t, SetOf(DetectIDCard))
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		head := plant(r, DetectIDCard)[:17]
		hits := 0
		for _, c := range "0123456789X" {
			hits += len(s.Find(nil, []byte(head+string(c))))
		}
		if hits != 1 {
			t.Errorf("%s: %d characters are right", head, hits)
		}
	}
}

// TestMobilePrefixes: all of 100 to 199, by the plan that the table is from.
func TestMobilePrefixes(t *testing.T) {
	const given = "130 131 132 133 134 135 136 137 138 139 145 147 149 150 151 152 153 155 156 157 158 159 162 165 166 167 " +
		"170 171 172 173 174 175 176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 192 193 195 196 197 198 199"
	s := newScanner(t, SetOf(DetectPhone))
	for p := 100; p < 200; p++ {
		want := strings.Contains(given, fmt.Sprint(p))
		if got := len(s.Find(nil, fmt.Appendf(nil, "%d00138000", p))) == 1; got != want {
			t.Errorf("%d: %v", p, got)
		}
	}
}

// TestLinear: texts that are all candidates take time in proportion to their
// length, counted by what the verifiers read: the longer text has no more finds
// a byte, and the test ends.
func TestLinear(t *testing.T) {
	s := newScanner(t, AllDetectors)
	var spans []Span
	for _, unit := range []string{"1", "1 ", "1:", "::", "a:", "@", "a@", "a.a@", "+1", "1.1.", "0.1234,", "--", "-----BEGIN PRIVATE KEY", "eyJ1.", "a1", "name:", "地址:", "%25", "\\u0031", "１", "password=", "ab-", "12345678-", "00_", "://:@"} {
		text := []byte(strings.Repeat(unit, 1<<20/len(unit)))
		spans = s.Find(spans[:0], text)
		for i := 1; i < len(spans); i++ {
			if spans[i].Start < spans[i-1].End {
				t.Fatalf("%q: spans overlap", unit)
			}
		}
	}
}

// TestFindEverywhere: one identifier at every place of texts longer than what is
// classified at a time, up to their last byte.
func TestFindEverywhere(t *testing.T) {
	const size = windows*windowStep + 200
	for name, portable := range map[string]bool{"portable": true, "vector": false} {
		s, err := NewScanner(Config{Set: AllDetectors, Portable: portable})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"354178036859789", "00:00:5e:00:53:01", "192.0.2.1", "2001:db8::1", "+14155550100", "a@example.com", "6d92078a-8246-4ba4-ae5b-76104861e7dc", "0000.5e00.5301", "39.9042,116.4074"} {
			for at := 0; at+len(id) <= size; at++ {
				if at == 300 {
					at = windows*windowStep - 150 // in between is as before it
				}
				text := []byte(strings.Repeat(";", size))
				copy(text[at:], id)
				if got := s.Find(nil, text); len(got) != 1 || int(got[0].Start) != at || int(got[0].End) != at+len(id) {
					t.Fatalf("%s: %s at %d of %d: %v", name, id, at, size, got)
				}
			}
		}
	}
}

// TestAllowed: an allowed value beside others spares its own span, whole.
func TestAllowed(t *testing.T) {
	s, err := NewScanner(Config{Set: AllDetectors, Allow: []string{"help@example.com", "13800138000"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"HELP@example.com ⟦li@example.com⟧", "⟦xhelp@example.com⟧ help@example.com", "13800138000 ⟦13900139000⟧", "⟦+8613800138000⟧", "https://⟦u:13800138000⟧@example.com", "help@example.com,⟦354178036859789⟧",
	} {
		checkMarked(t, s, text)
	}
}
