package std

import "redactor/detect"

// account: who a person is to a service.
var account = []row{
	{"user-id", 4, detect.Account, "",
		`userId uid openid unionid buyeruid eids customerId accountId userIds uids memberId memberNo accountNo customerNo custId custNo
		 ucid yonghuId huiyuanhao cognitoId cognitoIdentityId *userId *openid *unionid`,
		"Id of an account.",
		"WeChat Open Platform (openid, unionid); OpenRTB 2.6 user.buyeruid, user.eids; Umeng onProfileSignIn; Amazon Pinpoint (cognito_id)"},
	{"group-id", 3, detect.Account, "group",
		"groupId",
		"Id of a group of accounts: a company, a family, a chat.",
		"Segment group call (groupId)"},
	{"im-account", 4, detect.Account, "",
		"wxid qq wechat wechatId weixin weixinhao qqNumber qqNo qqhao alipayId weiboId",
		"Account at a messenger or social network.",
		"WeChat (wxid); Tencent QQ"},
	{"login-name", 4, detect.Account, "",
		"username loginName loginId loginAccount userAccount screenName yonghuming zhanghao dengluming *username *loginName",
		"Name that a person signs in with.",
		"GB/T 35273-2020, annex A (account)"},
	{"nickname", 4, detect.Name, "",
		"nickname nicheng nick userNick displayName *nickname",
		"Name that a person chose to be seen under.",
		"WeChat Open Platform userinfo.nickname; GB/T 35273-2020, annex A"},
	{"avatar", 4, detect.URL, "",
		"avatar avatarUrl headImg headImgUrl headPic headUrl userIcon photoUrl figureUrl profileImage touxiang",
		"Picture of a person or a link to it.",
		"WeChat Open Platform userinfo.headimgurl; QQ Connect figureurl"},
}
