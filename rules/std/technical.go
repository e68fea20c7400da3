package std

import "redactor/detect"

// technical: what a record is about, with no person in it. Comes with
// std/usage. No entry is called `technical` or `battery`: those names are the
// ones that policies choose for their own.
var technical = []row{
	{"event-type", 1, detect.None, "",
		"event type eventName eventType eventCode",
		"Name or kind of an event.",
		"Umeng, TalkingData and Sensors Data event formats; CloudEvents 1.0 type"},
	{"status-code", 1, detect.None, "",
		"code status statusCode errorCode errCode resultCode responseCode retCode httpStatus zhuangtai",
		"Result of an operation as a code.",
		"HTTP status codes (RFC 9110, 15)"},
	{"log-level", 1, detect.None, "",
		"level logLevel severity",
		"Weight of a log line.",
		"RFC 5424, 6.2.1; Android Log"},
	{"battery-level", 1, detect.Number, "",
		"battery batteryLevel batteryPct batteryPercent batteryStatus dianliang",
		"Charge of a battery.",
		"Android BatteryManager; iOS UIDevice.batteryLevel"},
	{"format-version", 1, detect.None, "",
		"version schemaVersion ver sdkVersion apiVersion protocolVersion formatVersion banben",
		"Version of a format, a protocol or an SDK.",
		"CloudEvents 1.0 specversion; names of SDKs"},
	{"count", 1, detect.Number, "",
		"count cnt shuliang",
		"Number of things.",
		"Names of many logs"},
}
