package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// plant makes up an identifier in its plainest spelling, with the right check
// digits. Addresses are of the ranges for documentation (RFC 5737, RFC 3849,
// RFC 9542) or of benchmarks (RFC 2544); numbers are random.
func plant(r *rand.Rand, d Detector) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return string(b)
	}
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	checked := func(s string) string {
		for c := byte('0'); ; c++ {
			if v := append([]byte(s), c); luhn(v) {
				return string(v)
			}
		}
	}
	switch d {
	case DetectIMEI:
		return checked(one("35", "86", "01", "99") + digits(12))
	case DetectIMEISV:
		return one("35", "86") + digits(14)
	case DetectIMSI:
		return one("46000", "46001", "310260", "21407")[:5] + digits(10)
	case DetectICCID:
		return checked("8986" + digits(15))
	case DetectMEID:
		return strings.ToUpper("a" + hex(13))
	case DetectMAC:
		return fmt.Sprintf("00:00:5e:00:53:%s", hex(2))
	case DetectIPv4:
		return fmt.Sprintf("%s.%d", one("192.0.2", "198.51.100", "203.0.113", fmt.Sprintf("198.18.%d", r.IntN(256))), r.IntN(256))
	case DetectIPv6:
		return one(fmt.Sprintf("2001:db8:%s:%s:%s:%s:%s:%s", group16(r), group16(r), group16(r), group16(r), group16(r), group16(r)), "2001:db8::"+group16(r), "2001:db8:"+group16(r)+"::"+group16(r))
	case DetectPhone:
		return one("138", "139", "150", "166", "177", "188", "199") + digits(8)
	case DetectEmail:
		return one("li.lei", "han_mei", "user", "a.b+c") + digits(3) + "@" + one("example.com", "mail.example.org", "example.com.cn")
	case DetectIDCard:
		v := fmt.Sprintf("%d%04d%02d%02d%s", 110101+r.IntN(500000), 1930+r.IntN(90), 1+r.IntN(12), 1+r.IntN(28), digits(3))
		return v + string(citizenCheck([]byte(v)))
	case DetectBankCard:
		return one(checked("62"+digits(16)), checked("4"+digits(14)), checked("5"+one("1", "2", "3", "4", "5")+digits(13)))
	case DetectSSN:
		return fmt.Sprintf("%03d-%02d-%04d", 1+r.IntN(665), 1+r.IntN(99), 1+r.IntN(9999))
	case DetectUUID:
		return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12)
	case DetectAndroidID:
		return hex(16)
	case DetectCoordinates:
		return fmt.Sprintf("%.6f,%.6f", r.Float64()*180-90, r.Float64()*360-180)
	case DetectIBAN:
		bban := digits(18)
		for check := 2; check <= 98; check++ {
			v := fmt.Sprintf("DE%02d%s", check, bban)
			if ibanEnd([]byte(v), 0) > 0 {
				return v
			}
		}
	case DetectJWT:
		return "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI" + digits(8) + "In0." + hex(40)
	case DetectAPIKey:
		return one("ghp_"+hex(36), "AKIA"+strings.ToUpper(hex(16)), "Bearer "+hex(32))
	case DetectPrivateKey:
		return "-----BEGIN RSA PRIVATE KEY-----\n" + hex(64) + "\n" + hex(64) + "\n-----END RSA PRIVATE KEY-----"
	case DetectCredentials:
		return "https://svc" + digits(2) + ":" + hex(12) + "@example.com/x"
	case DetectAddress:
		return "北京市海淀区中关村大街" + digits(2) + "号" + digits(3) + "室"
	case DetectName:
		return one("张三", "欧阳修文", "Alice Example", "José Ejemplo")
	}
	return ""
}

func group16(r *rand.Rand) string { return fmt.Sprintf("%x", r.IntN(1<<16)) }
