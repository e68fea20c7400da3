package std

import "redactor/detect"

// communication: what people say, to whom, and what they look for.
var communication = []row{
	{"sms", 4, detect.Text, "",
		"sms smsContent smsBody smsText smsList smses duanxin duanxinneirong",
		"Text message, or a list of them.",
		"Android Telephony.Sms; GB/T 35273-2020, annex A (communication)"},
	{"im-content", 4, detect.Text, "",
		"imContent imMessage imMsg imBody chat chatContent chatMessage chatMsg liaotian liaotianjilu",
		"What was said in a chat.",
		"Callbacks of messaging SDKs; GB/T 35273-2020, annex A (communication)"},
	{"call-records", 4, detect.Text, "",
		"callRecords callRecord callLog callLogs callHistory tonghuajilu",
		"Who called whom, when and for how long.",
		"Android CallLog.Calls; GB/T 35273-2020, annex A (communication)"},
	{"clipboard", 4, detect.Text, "",
		"clipboard clipboardText clipboardContent pasteboard jianqieban jiantieban",
		"What was copied last: anything, passwords too.",
		"Android ClipboardManager; iOS UIPasteboard"},
	{"search-keyword", 4, detect.Text, "",
		"searchKeyword search keyword keywords searchKey searchWord searchWords searchText searchTerm searchQuery sousuo sousuoci guanjianci",
		"Words that a person searched for.",
		"GB/T 35273-2020, annex A (web browsing records)"},
}
