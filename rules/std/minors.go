package std

import "redactor/detect"

// minors: that somebody is a child, and who answers for it. Filters (`except:`)
// read these; recipients rarely need them.
var minors = []row{
	{"minor", 3, detect.Category, "",
		"isMinor childMode coppa minor minorMode isChild kidsMode teenMode teenagerMode youthMode qingshaonianmoshi weichengnian",
		"That a person is a child, or that the app is in its mode for children.",
		"OpenRTB 2.6 regs.coppa; PIPL, article 31; GB/T 45574-2025, 6.7"},
	{"guardian", 3, detect.Name, "",
		"guardian guardianName parentName jianhuren jiazhang",
		"Adult who answers for a child.",
		"PIPL, article 31; GB/T 35273-2020, 5.4"},
}
