package std

import "redactor/detect"

// software: what is installed, and the app that wrote the record.
var software = []row{
	{"app-list", 4, detect.Category, "",
		`apps pkgList installedApps processList appList pkgs packageList installedPackages installedAppList runningApps
		 runningProcesses processes yingyongliebiao`,
		"Apps on a device: four of them single a person out.",
		"Android PackageManager.getInstalledPackages; GB/T 35273-2020, annex A (software list)"},
	{"app-id", 2, detect.Category, "",
		"bundleId package packageName pkg pkgName appPackage bundle bundleIdentifier baoming",
		"Identifier of the app that wrote the record.",
		"Android Context.getPackageName; iOS CFBundleIdentifier; OpenRTB 2.6 app.bundle"},
	{"app-version", 2, detect.Category, "",
		"appVersion appVer appVersionName appVersionCode appBuild versionName versionCode buildNumber",
		"Version of the app that wrote the record.",
		"Android PackageInfo.versionName, versionCode; iOS CFBundleShortVersionString"},
	{"install-path", 2, detect.None, "",
		"installPath installDir apkPath sourceDir",
		"Folder that an app is installed in.",
		"Android ApplicationInfo.sourceDir; iOS NSBundle.bundlePath"},
	{"install-time", 2, detect.Time, "",
		"installTime installDate firstInstallTime lastUpdateTime anzhuangshijian",
		"When an app was installed or updated.",
		"Android PackageInfo.firstInstallTime, lastUpdateTime"},
}
