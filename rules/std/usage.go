package std

import "redactor/detect"

// usage: what somebody did, when, and on which page.
var usage = []row{
	{"event-time", 3, detect.Time, "",
		`ts time eventTime timestamp clientTime serverTime localTime logTime reportTime uploadTime sendTime receiveTime occurTime
		 happenTime startTime endTime loginTime userFirstTouchTimestamp deviceDownloadTime shijian shijianchuo`,
		"When something happened, was sent or was received.",
		"Umeng, TalkingData and Sensors Data event formats; Google Analytics 4; AppsFlyer; CloudEvents 1.0 time"},
	{"boot-time", 3, detect.Time, "",
		"bootTime bootTimestamp bootTimeSec bootTimeInSec lastBootTime systemBootTime uptimeSince kaijishijian",
		"When a device was started, to the second a good fingerprint.",
		"iOS kern.boottime; Android SystemClock.elapsedRealtime; parameters of CAID"},
	{"duration", 3, detect.Number, "",
		"duration frequency lastFix elapsed elapsedTime stayTime dwellTime usageTime useTime foregroundTime costTime shichang pinci",
		"How long or how often something was done.",
		"Umeng onPageEnd; Android UsageStats.getTotalTimeInForeground"},
	{"url", 3, detect.URL, "",
		"url referer page referrer pageLocation pageReferrer httpReferrer originalUrl urls uri href pageUrl pageName pagePath requestUrl currentUrl landingUrl wangzhi yemian",
		"Page that was seen, or the one before it.",
		"HTTP Referer (RFC 9110, 10.1.3); Google Analytics 4 (page_location); AppsFlyer (original_url); GB/T 35273-2020, annex A (web browsing records)"},
	{"clickstream", 3, detect.Category, "",
		"clickstream clicks clickPath pageFlow behaviors dianjiliu",
		"Row of pages and clicks.",
		"GB/T 35273-2020, annex A (web browsing records, click records)"},
	{"trace-id", 3, detect.Account, "trace",
		"traceId requestId eventId messageId spanId parentSpanId reqId logId correlationId traceparent xRequestId xB3TraceId eventUuid qingqiuId",
		"Id of an event or request, which joins records that hold the same one.",
		"W3C Trace Context; OpenTelemetry; Zipkin B3"},
}
