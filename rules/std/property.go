package std

import "redactor/detect"

// property: what a person owns, pays and owes.
var property = []row{
	{"bank-card", 4, detect.BankCard, "",
		`bankCard cardNo yhkh bankCardNo bankCardNumber cardNumber cardNum bankAccount bankAccountNo creditCard creditCardNo debitCard
		 iban kahao yinhangka yinhangkahao`,
		"Number of a bank card or account.",
		"ISO/IEC 7812 (PAN); ISO 13616 (IBAN); JR/T 0171-2020"},
	{"order-id", 4, detect.Account, "order",
		"orderId orderNo orderSn orderNumber orderIds tradeNo outTradeNo dingdan dingdanhao",
		"Number of an order, which leads to its buyer.",
		"WeChat Pay and Alipay (out_trade_no)"},
	{"plate", 4, detect.Plate, "",
		"plate vin chepai plateNo plateNumber licensePlate carNo carNumber frameNo chepaihao cph chejiahao",
		"Plate or identification number of a vehicle.",
		"GA 36 (plates); ISO 3779 (VIN); GB/T 44464-2024"},
	{"transaction", 4, detect.Account, "transaction",
		"transaction transactions transactionId transactionNo txnId paymentId payId jiaoyi jiaoyihao liushuihao",
		"A payment, or the number of one.",
		"WeChat Pay (transaction_id); App Store transactionIdentifier; JR/T 0171-2020"},
	{"credit", 4, detect.Category, "",
		"credit creditScore creditLimit creditLevel zhengxin zhimafen zhimaScore",
		"Credit of a person: score, limit or report.",
		"GB/T 35273-2020, annexes A and B (property)"},
}
