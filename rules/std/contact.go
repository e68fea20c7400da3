package std

import "redactor/detect"

// contact: how to reach a person, and whom that person knows.
var contact = []row{
	{"phone", 4, detect.Phone, "",
		`phone mobile msisdn tel telephone shouji shoujihao sjh dianhua lxdh phones phoneNum mobiles mobileNum mobilePhone cellphone
		 telNo line1Number contactPhone userPhone userMobile receiverPhone loginPhone bindPhone lianxidianhua shoujihaoma guhua
		 *phoneNumber *phoneNo *mobileNumber *mobileNo`,
		"Telephone number of a person.",
		"Android TelephonyManager.getLine1Number; 3GPP TS 23.003, 3.3 (MSISDN); ITU-T E.164"},
	{"email", 4, detect.Email, "",
		"email mail youxiang emails userEmail contactEmail bindEmail mailAddress dianziyouxiang dianziyoujian *emailAddress",
		"E-mail address of a person.",
		"RFC 5321; GB/T 35273-2020, annex A"},
	{"contacts", 4, detect.Text, "",
		"contacts contactList addressBook phoneBook emergencyContact friends friendList lianxiren tongxunlu haoyou",
		"People whom a person knows: the data of others.",
		"Android ContactsContract; iOS CNContactStore; GB/T 35273-2020, annex A"},
	{"postal-address", 4, detect.Address, "",
		"postalAddress mailingAddress shippingAddress deliveryAddress receiverAddress billingAddress shouhuodizhi jiatingzhuzhi jtzz zhuzhi",
		"Address that post or goods go to.",
		"GB/T 35273-2020, annex A (address)"},
}
