package std

import "redactor/detect"

// person: who somebody is in law, in body and in life.
var person = []row{
	{"person-name", 4, detect.Name, "",
		`name realName xingming zsxm fullName trueName firstName lastName givenName familyName surname contactName receiverName mingzi
		 zhenshixingming *realName`,
		"Name of a person.",
		"GB/T 35273-2020, annex A; names of registration forms"},
	{"id-card", 4, detect.IDCard, "",
		`idCard idNo shenfenzheng sfz sfzh zjhm passport idNumber idCardNo idCardNum idCardNumber identityCard identityNo certNo
		 citizenId nationalId ssn passportNo passportNumber driverLicense drivingLicense shenfenzhenghao shenfenzhenghaoma
		 zhengjianhao zhengjianhaoma huzhao huzhaohao jiashizheng`,
		"Number of an identity card, passport or license.",
		"GB 11643 (citizen identification number); ICAO Doc 9303; GB/T 35273-2020, annex B"},
	{"biometric", 4, detect.None, "",
		"faceId voiceprint faceFeature faceFeatures faceTemplate faceImage irisCode palmprint biometric shengwen renlian",
		"Measure of a body that cannot be changed once it is known.",
		"GB/T 35273-2020, annex B; GB/T 45574-2025 (biometric recognition)"},
	{"health", 4, detect.Category, "",
		"health healthData healthStatus disease diagnosis medicalHistory bloodType bloodPressure bloodOxygen heartRate jiankang xinlv xueya",
		"State of a person's body or mind.",
		"GB/T 45574-2025 (medical and health); Apple HealthKit, Android Health Connect"},
	{"ethnicity", 4, detect.Category, "",
		"ethnicity ethnic religion minzu zongjiao",
		"Ethnic group or belief.",
		"GB/T 35273-2020, annexes A and B; GDPR, article 9"},
	{"education", 4, detect.Category, "",
		"education educationLevel school xueli xuexiao",
		"Schooling of a person.",
		"GB/T 35273-2020, annex A (education and work)"},
	{"birthday", 4, detect.Date, "",
		"birthday birthdate dob yob csrq shengri birth dateOfBirth birthYear yearOfBirth chushengriqi *birthday",
		"Date or year of birth.",
		"GB/T 35273-2020, annex A; OpenRTB 2.6 user.yob"},
	{"gender", 3, detect.Category, "",
		"gender sex xingbie",
		"Gender of a person.",
		"GB/T 35273-2020, annex A; OpenRTB 2.6 user.gender"},
	{"age", 3, detect.Number, "",
		"age nianling userAge",
		"Age in years.",
		"Names of registration forms"},
	{"age-group", 3, detect.Category, "",
		"ageGroup ageRange ageBand nianlingduan",
		"Age as a range.",
		"Audience labels of statistics SDKs"},
}
