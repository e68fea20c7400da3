package std

import "redactor/detect"

// text: anything may stand in it, so it is L4 until a transform scrubbed it.
var text = []row{
	{"message", 4, detect.Text, "",
		`message msg log desc remark beizhu logs logMessage logContent text content comment description note notes memo feedback
		 xiaoxi rizhi miaoshu pinglun fankui`,
		"Text that a person or a program wrote.",
		"Names of many logs; RFC 5424, 6.4 (MSG)"},
	{"crash", 4, detect.Text, "",
		`stack crash error stackTrace stacktraces backtrace callstack exception crashLog crashInfo crashStack errorMessage errorMsg
		 errMsg err exceptionMessage anrTrace tombstone yichang bengkui`,
		"Error with its stack, whose message may quote any value.",
		"Java Throwable; iOS NSException.callStackSymbols; Bugly and Umeng crash reports"},
	{"file-path", 4, detect.Text, "",
		"path paths filePath fileName file lujing wenjianming",
		"Path of a file, which may hold a user's name.",
		"Names of many logs"},
	{"extra", 4, detect.Text, "",
		"extra ext extras extInfo extData extraInfo extraData custom customData userProperties userAttributes kuozhan",
		"Whatever did not fit elsewhere.",
		"OpenRTB 2.6 ext objects; Android Intent extras; Google Analytics 4 (user_properties); Amazon Pinpoint (UserAttributes)"},
}
