package std

import "redactor/detect"

// network: addresses of a device, access points around it, and what kind of
// network it is in.
var network = []row{
	{"mac", 4, detect.MAC, "",
		`mac wifiMac btMac bdaddr bluetooth macs macId wlanMac ethMac bleMac bluetoothMac bluetoothAddress btAddr btAddress
		 hwAddr hwAddress deviceMac macdizhi mc *macAddress *macAddr`,
		"Hardware address of a device's own Wi-Fi, Bluetooth or Ethernet.",
		"Android WifiInfo.getMacAddress, Settings.Secure bluetooth_address; BlueZ (bdaddr); Umeng (mc); IEEE 802"},
	{"bssid", 4, detect.MAC, accessPoint,
		"bssid bssids wifiBssid apMac routerMac gatewayMac *bssid",
		"Hardware address of an access point, which public maps turn into a place.",
		"Android WifiInfo.getBSSID; iOS NEHotspotNetwork.bssid; IEEE 802.11"},
	{"ssid", 4, detect.Device, accessPoint,
		"ssid ssids wifiSsid wifiName apName apSsid routerName hotspotName connectedSsid",
		"Name of an access point, often that of a home or a shop.",
		"Android WifiInfo.getSSID; iOS NEHotspotNetwork.ssid; IEEE 802.11"},
	{"wifi-list", 4, detect.MAC, accessPoint,
		"wifiList accessPoint accessPoints apList wifis wifiScan wifiScanResults scanResults nearbyWifi",
		"Access points in sight, which together give a position within meters.",
		"Android WifiManager.getScanResults; positioning SDKs"},
	{"client-ip", 3, detect.IP, "",
		`ip clientIp remoteAddr xForwardedFor ipv4 ipv6 ips remoteIp remoteAddress realIp xRealIp trueClientIp cfConnectingIp
		 forwardedFor sourceIp srcIp userIp localIp lanIp wanIp publicIp privateIp outerIp peerIp loginIp *clientIp *ipAddress *ipAddr`,
		"IP address of a person's device or of its way out.",
		"Web server logs; X-Forwarded-For and Forwarded (RFC 7239); OpenRTB 2.6 device.ip"},
	{"proxy", 3, detect.IP, "",
		"proxy proxyIp proxyHost proxyAddr httpProxy httpsProxy",
		"Proxy that a device is set to use.",
		"Android http.proxyHost; iOS CFNetworkCopySystemProxySettings"},
	{"carrier", 2, detect.Category, "",
		`isp operator carrier carrierName operatorName operatorCode simOperator simOperatorName networkOperator networkOperatorName
		 mcc mnc mccmnc plmn yunyingshang`,
		"Provider of a device's connection.",
		"Android TelephonyManager.getNetworkOperator; iOS CTCarrier; OpenRTB 2.6 device.carrier, mccmnc"},
	{"network-type", 2, detect.Category, "",
		"networkType networkState netType netState netStatus connectionType connType wifiState wifiStatus isWifi networkSubtype accessType wangluoleixing",
		"Kind of network, and whether it is up.",
		"Android ConnectivityManager, TelephonyManager.getNetworkType; OpenRTB 2.6 device.connectiontype"},
	{"network-quality", 2, detect.Number, "",
		"networkQuality rssi rsrp rsrq dbm signal signalStrength signalLevel wifiLevel linkSpeed bandwidth rtt latency wangluozhiliang",
		"Strength and speed of a connection.",
		"Android SignalStrength, WifiInfo.getRssi"},
}
