package synth

// What is not an identifier: shared by so many that it may pass, or only a
// part of what is planted.

type model struct{ brand, name, os, version, resolution, arch, soc string }

var models = []model{
	{"OPPO", "PGU110", "Android", "14", "1080x2412", "arm64-v8a", "MT6983"},
	{"vivo", "V2309A", "Android", "15", "1260x2800", "arm64-v8a", "SM8650"},
	{"samsung", "SM-S9180", "Android", "14", "1440x3088", "arm64-v8a", "SM8550"},
	{"Xiaomi", "23127PN0CC", "Android", "15", "1200x2670", "arm64-v8a", "SM8650"},
	{"HUAWEI", "ALN-AL00", "Android", "12", "1260x2720", "arm64-v8a", "kirin9000s"},
	{"Redmi", "22101316C", "Android", "13", "1080x2400", "arm64-v8a", "MT6877"},
	{"HONOR", "MAA-AN10", "Android", "14", "1264x2800", "arm64-v8a", "SM8650"},
	{"realme", "RMX3888", "Android", "14", "1264x2780", "arm64-v8a", "SM8650"},
}

type network struct{ plmn, name string }

var networks = []network{
	{"46000", "中国移动"}, {"46001", "中国联通"}, {"46011", "中国电信"}, {"46015", "中国广电"},
}

var mobilePrefixes = []string{"133", "135", "138", "139", "150", "155", "166", "176", "177", "186", "188", "191", "199"}

// city is a place with many people: its middle in millionths of a degree, the
// region code of GB/T 2260, and the start of its plates.
type city struct {
	province, name, street, plate string
	zip                           string
	region, lat, lon              int
}

var cities = []city{
	{"", "上海市", "浦东新区张江路", "沪A", "201203", 310115, 31_230400, 121_473700},
	{"", "北京市", "海淀区中关村大街", "京N", "100080", 110108, 39_904200, 116_407400},
	{"广东省", "深圳市", "南山区科技园路", "粤B", "518057", 440305, 22_543100, 114_057900},
	{"浙江省", "杭州市", "西湖区文三路", "浙A", "310012", 330106, 30_274100, 120_155100},
	{"四川省", "成都市", "武侯区人民南路", "川A", "610041", 510107, 30_572800, 104_066800},
	{"湖北省", "武汉市", "洪山区珞喻路", "鄂A", "430079", 420111, 30_592800, 114_305500},
	{"陕西省", "西安市", "雁塔区长安南路", "陕A", "710061", 610113, 34_341600, 108_939800},
	{"黑龙江省", "哈尔滨市", "南岗区西大直街", "黑A", "150001", 230103, 45_803800, 126_534900},
	{"新疆", "乌鲁木齐市", "天山区解放北路", "新A", "830000", 650102, 43_825600, 87_616800},
	{"云南省", "昆明市", "五华区翠湖北路", "云A", "650031", 530102, 24_880100, 102_832900},
}

type syllable struct{ han, pinyin string }

var surnames = []syllable{
	{"王", "wang"}, {"李", "li"}, {"张", "zhang"}, {"刘", "liu"}, {"陈", "chen"}, {"杨", "yang"}, {"赵", "zhao"}, {"黄", "huang"},
	{"周", "zhou"}, {"吴", "wu"}, {"徐", "xu"}, {"孙", "sun"}, {"胡", "hu"}, {"朱", "zhu"}, {"高", "gao"}, {"林", "lin"},
	{"何", "he"}, {"郭", "guo"}, {"马", "ma"}, {"罗", "luo"}, {"梁", "liang"}, {"宋", "song"}, {"郑", "zheng"}, {"谢", "xie"},
}

var given = []syllable{
	{"伟", "wei"}, {"芳", "fang"}, {"娜", "na"}, {"敏", "min"}, {"静", "jing"}, {"强", "qiang"}, {"磊", "lei"}, {"洋", "yang"},
	{"艳", "yan"}, {"勇", "yong"}, {"军", "jun"}, {"杰", "jie"}, {"娟", "juan"}, {"涛", "tao"}, {"超", "chao"}, {"霞", "xia"},
	{"明", "ming"}, {"刚", "gang"}, {"桂", "gui"}, {"英", "ying"}, {"华", "hua"}, {"玉", "yu"}, {"兰", "lan"}, {"萍", "ping"},
	{"鑫", "xin"}, {"鹏", "peng"}, {"宇", "yu"}, {"浩", "hao"}, {"凯", "kai"}, {"雪", "xue"}, {"琳", "lin"}, {"欣", "xin"},
}

var (
	mailDomains  = []string{"example.com", "example.net", "mail.example.org"}
	routers      = []string{"TP-LINK_客厅", "ChinaNet", "CMCC", "HUAWEI-B311", "Xiaomi_书房", "家里的WiFi", "Tenda", "张家小院"}
	channels     = []string{"oppo_store", "vivo_store", "huawei_store", "xiaomi_store", "app_store", "web"}
	appIDs       = []string{"com.example.weather", "com.example.fitness", "com.example.notes", "com.example.shop", "cn.example.reader"}
	otherApps    = []string{"com.example.chat", "com.example.bank", "com.example.dating", "com.example.prayer", "com.example.diabetes", "com.example.jobs", "com.example.maps", "com.example.games"}
	eventNames   = []string{"heartbeat", "heartbeat", "heartbeat", "launch", "foreground", "background", "page_view", "page_view", "install", "crash"}
	networkTypes = []string{"wifi", "wifi", "5g", "4g"}
	audienceTags = []string{"vip", "新用户", "老用户", "ab_0", "ab_1", "夜间活跃", "高频"}
	failures     = []string{"java.lang.IllegalStateException", "java.lang.NullPointerException", "java.net.SocketTimeoutException", "android.os.DeadObjectException"}
	pages        = []string{"home", "item/detail", "cart", "search", "settings/privacy", "profile/edit"}
	nicknames    = []string{"爱吃火锅的猫", "夜空中最亮的星", "大漠孤烟", "小鹿乱撞🦌", "今天也要早睡", "\"老王\"", "路人甲"}
	levels       = []string{"info", "warn", "error"}
	illnesses    = []string{"hypertension", "diabetes", "asthma", "none"}
	peoples      = []string{"汉族", "回族", "维吾尔族", "蒙古族", "藏族"}
	schools      = []string{"本科", "硕士", "高中", "大专"}
	searches     = []string{"附近的医院", "如何办理离婚", "糖尿病 饮食", "二手房 学区", "跳槽 简历 模板"}
	chats        = []string{"我到楼下了,车停在老地方", "周五的体检结果出来了吗?", "钱已经转给你了,查收一下", "别告诉我妈"}
	mottos       = []string{"用户反馈:页面打不开", "尝试重新登录后恢复", "信号弱,重试三次", "数据同步完成"}
)
