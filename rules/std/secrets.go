package std

import "redactor/detect"

// secrets: what opens a door. Each is dropped or replaced, for every recipient
// and whatever the policy says; this group comes with every other (Use).
var secrets = []row{
	{"password", 4, detect.Secret, "",
		`password passwd pwd mima passwords passphrase passcode passwordHash passwordMd5 loginPwd userPwd payPwd oldPwd newPwd
		 wifiPwd psk wpaPsk preSharedKey zhifumima denglumima *password *passwd *passphrase`,
		"Password of an account, a device or a network.",
		"GB/T 35273-2020, annex A (identity authentication); Android WifiConfiguration.preSharedKey"},
	{"one-time-code", 4, detect.Secret, "",
		"pin otp yzm smsCode pinCode totp vcode verifyCode verificationCode authCode captcha captchaCode dynamicCode mfaCode yanzhengma",
		"Code that proves a person for a moment.",
		"GB/T 35273-2020, annex A (identity authentication); RFC 6238"},
	{"token", 4, detect.Secret, "",
		"token accessToken refreshToken tokens idToken authToken bearer jwt ticket *token",
		"Token that stands for a signed-in person.",
		"OAuth 2.0 (RFC 6749); OpenID Connect; RFC 7519"},
	{"session", 4, detect.Secret, "",
		"sessionId cookie sid sessid sessionKey sessionIds cookies setCookie jsessionid phpsessid *sessionId",
		"Session of a signed-in person.",
		"HTTP cookies (RFC 6265); WeChat jscode2session session_key"},
	{"api-key", 4, detect.Secret, "",
		`authorization apiKey secret privateKey proxyAuthorization xApiKey accessKeyId accessKeySecret secretAccessKey clientSecretKey
		 secrets signingKey encryptionKey aesKey rsaKey masterKey credential credentials *secret *apiKey *privateKey *accessKey *secretKey`,
		"Key or credential of a program.",
		"HTTP Authorization (RFC 9110, 11.6); cloud access keys"},
	{"certificate", 4, detect.Secret, "",
		"certificate cert certs certificates clientCert pem pkcs12 p12 zhengshu",
		"Certificate, which names its holder and may come with its key.",
		"RFC 5280; PKCS #12 (RFC 7292)"},
	{"card-code", 4, detect.Secret, "",
		"cvv cvv2 cvc cvc2 cvn cardSecurityCode securityCode",
		"Check code of a bank card.",
		"PCI DSS 4.0, 3.3 (sensitive authentication data)"},
	{"signature", 4, detect.Secret, "",
		"signature sign sig signatures requestSign xSignature qianming",
		"Signature of a request, which can be replayed.",
		"Signed request interfaces of app back ends"},
	// Those that end in token are the entry token's as well; the stricter of the two outcomes counts.
	{"push-token", 4, detect.Secret, "",
		"pushToken regId clientId fcmToken apnsToken deviceToken registrationId pushId pushRegId pushClientId jpushId getuiClientId hmsToken",
		"Address that messages to one device are pushed to.",
		"Mi Push (regId); Getui (clientid); JPush (registrationID); Firebase Cloud Messaging; APNs"},
}
