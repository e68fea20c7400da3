package std

import "redactor/detect"

// traits: what kind of device it is. Each is shared by many; together they are
// a fingerprint, which is why they are L2 and not L1.
var traits = []row{
	{"device-model", 2, detect.Category, "",
		"brand model manufacturer make deviceBrand deviceModel deviceManufacturer phoneModel hwModel hwv product pinpai xinghao jixing",
		"Maker and model of a device.",
		"Android Build.BRAND, MODEL, MANUFACTURER; iOS utsname.machine; OpenRTB 2.6 device.make, model, hwv"},
	{"os-version", 2, detect.Category, "",
		`osVersion kernel baseband os osName osv osVer systemVersion systemName androidVersion iosVersion sdkInt apiLevel rom
		 romVersion kernelVersion basebandVersion platform xitongbanben`,
		"Operating system of a device and its version.",
		"Android Build.VERSION; iOS UIDevice.systemVersion; OpenRTB 2.6 device.os, osv"},
	{"hardware", 2, detect.Category, "",
		`cpu memory storage arch abi cpuAbi cpuModel cpuCount cpuCores cores gpu ram soc chipset totalMemory freeMemory totalStorage
		 freeStorage diskSize neicun cunchu`,
		"Processor, memory and storage of a device.",
		"Android Build.SUPPORTED_ABIS, ActivityManager.MemoryInfo, StatFs"},
	{"screen", 2, detect.Category, "",
		"screen resolution screenWidth screenHeight screenSize screenDensity density dpi ppi pxratio pixelRatio fenbianlv pingmu",
		"Size and density of a screen.",
		"Android DisplayMetrics; iOS UIScreen; OpenRTB 2.6 device.ppi, pxratio"},
	{"locale", 2, detect.Category, "",
		"language timezone lang langb locale tz timeZoneOffset utcOffset yuyan shiqu",
		"Language and time zone that a device is set to.",
		"BCP 47; IANA time zones; OpenRTB 2.6 device.language, geo.utcoffset"},
	{"user-agent", 2, detect.UserAgent, "",
		"userAgent ua sua httpUserAgent webviewUa browserUa",
		"User-Agent line of a browser or app.",
		"HTTP User-Agent (RFC 9110, 10.1.5); OpenRTB 2.6 device.ua, device.sua"},
	{"sensors", 2, detect.Category, "",
		"sensors sensorList chuanganqi",
		"Sensors that a device has.",
		"Android SensorManager.getSensorList"},
	{"font-hash", 4, detect.Device, "",
		"fontHash fonts fontList canvasHash webglHash audioHash",
		"Digest of fonts or of rendering, which few devices share.",
		"Browser fingerprinting scripts"},
}
