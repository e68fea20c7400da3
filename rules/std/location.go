package std

import "redactor/detect"

// location: where a person is or was, from coordinates down to a country.
var location = []row{
	{"coordinates", 4, detect.Location, "",
		`lat latitude weidu lng lon longitude jingdu latlng gps geo latlon lnglat lonlat coordinate coordinates coords geopoint
		 gpsLat gpsLng gpsLon startLat startLng startLon endLat endLng endLon lastLat lastLng lastLon gpsLocation lastLocation
		 jingweidu jwd *latitude *longitude`,
		"Latitude and longitude.",
		"Android Location; iOS CLLocationCoordinate2D; W3C Geolocation; OpenRTB 2.6 geo object"},
	{"geohash", 4, detect.Location, "",
		"geohash s2CellId s2Cell h3Index h3 plusCode openLocationCode *geohash",
		"Code of a map cell, as fine as its length.",
		"Geohash; Google S2 and Open Location Code; Uber H3"},
	{"altitude", 4, detect.Location, "",
		"altitude gpsAltitude haiba haibagaodu",
		"Height above sea level, which on a slope or in a tower is a place.",
		"Android Location.getAltitude; iOS CLLocation.altitude"},
	{"place", 4, detect.Location, "",
		"weizhi poi pois poiName poiId placeName placeId dingwei",
		"Named place where a person is.",
		"AMap and Baidu Maps POI search; Google Places"},
	{"track", 4, detect.Location, "",
		"track tracks trackPoints trajectory polyline gpsTrack guiji xingchengguiji",
		"Way of a person through space and time; four points of it single one out.",
		"GB/T 45574-2025 (trajectory); GPX"},
	{"address", 4, detect.Address, "",
		"address dizhi addr street streetAddress detailAddress formattedAddress homeAddress addressLine xiangxidizhi",
		"Street address of a place or a person.",
		"Android Geocoder; AMap regeocode formatted_address"},
	{"cell-id", 4, detect.Location, cellTower,
		"lac tac cid eci nci cellId baseStation ci cellids cells cellInfo cellTower cellTowers ecgi ncgi neighborCells jizhan jizhanId",
		"Mobile cell that a device is in: a place within some hundred meters.",
		"Android CellIdentityGsm, CellIdentityLte, CellIdentityNr; 3GPP TS 23.003, 4 and 19.6"},
	{"city", 3, detect.Category, "",
		`zip city province zipCode postcode postalCode cityName cityCode provinceName provinceCode district adcode county chengshi
		 shengfen youbian youzhengbianma`,
		"City, province or postal code.",
		"AMap and Baidu Maps reverse geocoding; OpenRTB 2.6 geo.city, geo.zip; GB/T 2260"},
	{"country", 2, detect.Category, "",
		"country countryCode countryName countryIso guojia",
		"Country.",
		"ISO 3166-1; Android TelephonyManager.getNetworkCountryIso; OpenRTB 2.6 geo.country"},
}
