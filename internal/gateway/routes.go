package gateway

import "github.com/dramac-main/dramac-cms/internal/access"

// routes is the site map: every address that is answered, where, and what the
// caller must be allowed to do. What is not here does not exist.
func (s *Server) routes() []route {
	list := []route{
		{pattern: "GET /healthz", host: onPlatform, permission: access.Public, fast: true, handle: healthy},
		{pattern: "GET /readyz", host: onPlatform, permission: access.Public, fast: true, handle: ready},
		{pattern: "GET /metrics", host: onPlatform, permission: access.Public, fast: true, handle: measured},
		{pattern: "GET /_assets/{file}", host: onPlatform | onSite, permission: access.Public, fast: true, handle: asset},

		// Websites.
		{pattern: "GET /{$}", host: onSite, permission: access.Public, handle: siteHome},

		// The data API of modules.
		{pattern: "GET /api/modules/{module}/openapi.json", host: onPlatform | onSite, permission: access.SiteUse, verb: "*", handle: describeModule},
		{pattern: "GET /api/modules/{module}/{collection}", host: onPlatform | onSite, permission: access.SiteUse, verb: "read", fast: true, handle: listRecords},
		{pattern: "POST /api/modules/{module}/{collection}", host: onPlatform | onSite, permission: access.SiteUse, verb: "create", fast: true, handle: createRecord},
		{pattern: "PATCH /api/modules/{module}/{collection}", host: onPlatform | onSite, permission: access.SiteUse, verb: "update", fast: true, handle: updateRecords},
		{pattern: "DELETE /api/modules/{module}/{collection}", host: onPlatform | onSite, permission: access.SiteUse, verb: "delete", fast: true, handle: deleteRecords},
		{pattern: "PUT /api/modules/{module}/{collection}", host: onPlatform | onSite, permission: access.SiteUse, verb: "create", fast: true, handle: putRecord},
		{pattern: "GET /api/modules/{module}/{collection}/{id}", host: onPlatform | onSite, permission: access.SiteUse, verb: "read", fast: true, handle: findRecord},
		{pattern: "PATCH /api/modules/{module}/{collection}/{id}", host: onPlatform | onSite, permission: access.SiteUse, verb: "update", fast: true, handle: updateRecord},
		{pattern: "DELETE /api/modules/{module}/{collection}/{id}", host: onPlatform | onSite, permission: access.SiteUse, verb: "delete", fast: true, handle: deleteRecord},
		{pattern: "GET /api/modules/{module}/{collection}/{id}/history", host: onPlatform | onSite, permission: access.SiteUse, verb: "read", fast: true, handle: recordHistory},
		{pattern: "GET /api/modules/{module}/{collection}/{id}/translations", host: onPlatform | onSite, permission: access.SiteUse, verb: "read", fast: true, handle: recordTranslations},
		{pattern: "POST /api/modules/{module}/{collection}/{id}/restore", host: onPlatform | onSite, permission: access.SiteUse, verb: "delete", fast: true, handle: restoreRecord},
		{pattern: "POST /api/modules/{module}/{collection}/{id}/place", host: onPlatform | onSite, permission: access.SiteUse, verb: "update", fast: true, handle: placeRecord},
		{pattern: "POST /api/modules/{module}/{collection}/{action}", host: onPlatform | onSite, permission: access.SiteUse, verb: "{action}", maxForm: maxUpload, fast: true, handle: runAction},
		{pattern: "POST /api/modules/{module}/{collection}/{id}/{action}", host: onPlatform | onSite, permission: access.SiteUse, verb: "{action}", fast: true, handle: runRecordAction},

		// The actions of modules that belong to no collection.
		{pattern: "GET /api/modules/{module}/rpc/{action}", host: onPlatform | onSite, permission: access.SiteUse, verb: rpcVerb, fast: true, handle: runRPC},
		{pattern: "POST /api/modules/{module}/rpc/{action}", host: onPlatform | onSite, permission: access.SiteUse, verb: rpcVerb, fast: true, handle: runRPC},

		// What modules answer themselves, as their manifests say.
		{pattern: "GET /api/modules/{module}/x/{rest...}", host: onPlatform | onSite, permission: access.SiteUse, verb: endpointVerb, handle: runEndpoint},
		{pattern: "POST /api/modules/{module}/x/{rest...}", host: onPlatform | onSite, permission: access.SiteUse, verb: endpointVerb, handle: runEndpoint},
		{pattern: "PUT /api/modules/{module}/x/{rest...}", host: onPlatform | onSite, permission: access.SiteUse, verb: endpointVerb, handle: runEndpoint},
		{pattern: "PATCH /api/modules/{module}/x/{rest...}", host: onPlatform | onSite, permission: access.SiteUse, verb: endpointVerb, handle: runEndpoint},
		{pattern: "DELETE /api/modules/{module}/x/{rest...}", host: onPlatform | onSite, permission: access.SiteUse, verb: endpointVerb, handle: runEndpoint},

		// The files of records.
		{pattern: "POST /api/modules/{module}/{collection}/{field}/files", host: onPlatform | onSite, permission: access.SiteUse, verb: "*", maxBody: maxUpload, handle: uploadFile},
		{pattern: "POST /api/modules/{module}/rpc/{action}/{field}/files", host: onPlatform | onSite, permission: access.SiteUse, verb: rpcVerb, maxBody: maxUpload, handle: uploadParameter},
		{pattern: "GET /files/{id}/{name}", host: onPlatform | onSite, permission: access.Public, handle: serveFile},
		{pattern: "POST /api/files/{id}/link", host: onPlatform | onSite, permission: access.Public, handle: linkFile},

		// The app.
		{pattern: "GET /{$}", host: onPlatform, permission: access.Public, handle: toApp},
		{pattern: "GET /app/login", host: onPlatform, permission: access.Public, handle: loginPage},
		{pattern: "POST /app/login", host: onPlatform, permission: access.Public, handle: submitLogin},
		{pattern: "POST /app/logout", host: onPlatform, permission: access.Public, handle: submitLogout},
		{pattern: "GET /app/login/code", host: onPlatform, permission: access.Public, handle: codePage},
		{pattern: "POST /app/login/code", host: onPlatform, permission: access.Public, handle: submitCode},
		{pattern: "GET /app/forgot", host: onPlatform, permission: access.Public, handle: forgotPage},
		{pattern: "POST /app/forgot", host: onPlatform, permission: access.Public, handle: submitForgot},
		{pattern: "GET /app/reset", host: onPlatform, permission: access.Public, handle: resetPage},
		{pattern: "POST /app/reset", host: onPlatform, permission: access.Public, handle: submitReset},
		{pattern: "GET /app/email", host: onPlatform, permission: access.Public, handle: emailPage},
		{pattern: "POST /app/email", host: onPlatform, permission: access.Public, handle: submitEmail},
		{pattern: "GET /app/signup", host: onPlatform, permission: access.Public, handle: signUpPage},
		{pattern: "POST /app/signup", host: onPlatform, permission: access.Public, handle: submitSignUp},
		{pattern: "GET /app/signup/finish", host: onPlatform, permission: access.Public, handle: finishPage},
		{pattern: "POST /app/signup/finish", host: onPlatform, permission: access.Public, handle: submitFinish},

		// What belongs to whoever is signed in.
		{pattern: "GET /app/me", host: onPlatform, permission: access.OwnAccount, handle: mePage},
		{pattern: "GET /app/me/confirm", host: onPlatform, permission: access.OwnAccount, handle: confirmPage},
		{pattern: "POST /app/me/confirm", host: onPlatform, permission: access.OwnAccount, handle: submitConfirm},
		{pattern: "GET /app/me/password", host: onPlatform, permission: access.OwnAccount, handle: passwordPage},
		{pattern: "POST /app/me/password", host: onPlatform, permission: access.OwnAccount, handle: submitPassword},
		{pattern: "GET /app/me/email", host: onPlatform, permission: access.OwnAccount, fresh: true, handle: newEmailPage},
		{pattern: "POST /app/me/email", host: onPlatform, permission: access.OwnAccount, fresh: true, handle: submitNewEmail},
		{pattern: "GET /app/me/factor", host: onPlatform, permission: access.OwnAccount, fresh: true, handle: factorPage},
		{pattern: "POST /app/me/factor", host: onPlatform, permission: access.OwnAccount, fresh: true, handle: submitFactor},
		{pattern: "POST /app/me/codes", host: onPlatform, permission: access.OwnAccount, fresh: true, handle: submitCodes},
		{pattern: "POST /app/me/sessions", host: onPlatform, permission: access.OwnAccount, handle: submitSessions},
		{pattern: "GET /app", host: onPlatform, permission: access.SignedIn, handle: sitePicker},
		{pattern: "GET /app/modules", host: onPlatform, permission: access.ModuleRead, handle: cataloguePage},
		{pattern: "POST /app/modules", host: onPlatform, permission: access.ModulePublish, maxBody: maxPackage + 1<<16, handle: uploadPackage, tooLarge: refuseUpload},
		{pattern: "GET /app/platform/mail", host: onPlatform, permission: access.MailRead, handle: outboxPage},
		{pattern: "GET /app/agency/clients", host: onPlatform, permission: access.AgencyRead, handle: clientsPage},
		{pattern: "POST /app/agency/clients", host: onPlatform, permission: access.ClientManage, handle: submitNewClient},
		{pattern: "GET /app/agency/clients/new", host: onPlatform, permission: access.ClientManage, handle: newClientPage},
		{pattern: "GET /app/agency/clients/{client}", host: onPlatform, permission: access.AgencyRead, handle: clientPage},
		{pattern: "POST /app/agency/clients/{client}", host: onPlatform, permission: access.ClientManage, handle: submitClient},
		{pattern: "POST /app/agency/clients/{client}/archive", host: onPlatform, permission: access.ClientManage, handle: submitClientArchive},
		{pattern: "POST /app/agency/clients/{client}/restore", host: onPlatform, permission: access.ClientManage, handle: submitClientRestore},
		{pattern: "GET /app/agency/sites/new", host: onPlatform, permission: access.SiteCreate, handle: newSitePage},
		{pattern: "POST /app/agency/sites", host: onPlatform, permission: access.SiteCreate, handle: submitNewSite},
		{pattern: "GET /app/agency/settings", host: onPlatform, permission: access.AgencyManage, handle: agencySettingsPage},
		{pattern: "POST /app/agency/settings", host: onPlatform, permission: access.AgencyManage, handle: submitAgencySettings},
		{pattern: "GET /app/{site}/settings", host: onPlatform, permission: access.SiteManage, handle: siteSettingsPage},
		{pattern: "POST /app/{site}/settings", host: onPlatform, permission: access.SiteManage, handle: submitSiteSettings},
		{pattern: "POST /app/{site}/archive", host: onPlatform, permission: access.SiteArchive, handle: submitSiteArchive},
		{pattern: "POST /app/{site}/restore", host: onPlatform, permission: access.SiteArchive, archived: true, handle: submitSiteRestore},
		{pattern: "POST /app/{site}/transfer", host: onPlatform, permission: access.SiteArchive, handle: submitSiteTransfer},
		{pattern: "GET /app/{site}", host: onPlatform, permission: access.SiteRead, handle: siteStart},
		{pattern: "GET /app/{site}/activity", host: onPlatform, permission: access.ActivityRead, handle: siteActivity},
		{pattern: "GET /app/{site}/languages", host: onPlatform, permission: access.SiteManage, handle: languagesPage},
		{pattern: "POST /app/{site}/languages", host: onPlatform, permission: access.SiteManage, handle: submitLanguage},
		{pattern: "GET /app/{site}/jobs", host: onPlatform, permission: access.InstallationManage, handle: siteJobs},
		{pattern: "POST /app/{site}/jobs", host: onPlatform, permission: access.InstallationManage, handle: submitJob},
		{pattern: "GET /app/{site}/modules", host: onPlatform, permission: access.SiteRead, handle: siteModules},
		{pattern: "GET /app/{site}/modules/{module}", host: onPlatform, permission: access.InstallationManage, handle: installationPage},
		{pattern: "GET /app/{site}/modules/{module}/install", host: onPlatform, permission: access.InstallationManage, handle: installPage},
		{pattern: "POST /app/{site}/modules/{module}/install", host: onPlatform, permission: access.InstallationManage, handle: submitInstall},
		{pattern: "POST /app/{site}/modules/{module}/settings", host: onPlatform, permission: access.InstallationManage, handle: submitSettings},
		{pattern: "GET /app/{site}/modules/{module}/fields", host: onPlatform, permission: access.InstallationManage, handle: fieldsPage},
		{pattern: "POST /app/{site}/modules/{module}/fields", host: onPlatform, permission: access.InstallationManage, handle: submitField},
		{pattern: "GET /app/{site}/modules/{module}/version", host: onPlatform, permission: access.InstallationManage, handle: versionPlanPage},
		{pattern: "POST /app/{site}/modules/{module}/version", host: onPlatform, permission: access.InstallationManage, handle: submitVersion},
		{pattern: "POST /app/{site}/modules/{module}/enable", host: onPlatform, permission: access.InstallationManage, handle: submitEnable},
		{pattern: "POST /app/{site}/modules/{module}/disable", host: onPlatform, permission: access.InstallationManage, handle: submitDisable},
		{pattern: "POST /app/{site}/modules/{module}/uninstall", host: onPlatform, permission: access.InstallationManage, handle: submitUninstall},

		// The generated screens of modules.
		{pattern: "GET /app/{site}/{module}", host: onPlatform, permission: access.SiteUse, verb: "*", handle: moduleStart},
		{pattern: "GET /app/{site}/{module}/{collection}", host: onPlatform, permission: access.SiteUse, verb: "read", handle: recordList},
		{pattern: "POST /app/{site}/{module}/{collection}", host: onPlatform, permission: access.SiteUse, verb: "create", maxForm: maxUpload, handle: submitNewRecord},
		{pattern: "GET /app/{site}/{module}/{collection}/new", host: onPlatform, permission: access.SiteUse, verb: "create", handle: newRecordForm},
		{pattern: "GET /app/{site}/{module}/{collection}/options", host: onPlatform, permission: access.SiteUse, verb: "read", handle: referenceOptions},
		{pattern: "GET /app/{site}/{module}/{collection}/{id}", host: onPlatform, permission: access.SiteUse, verb: "read", handle: recordForm},
		{pattern: "POST /app/{site}/{module}/{collection}/{id}", host: onPlatform, permission: access.SiteUse, verb: "update", maxForm: maxUpload, handle: submitRecord},
		{pattern: "GET /app/{site}/{module}/{collection}/{id}/translations", host: onPlatform, permission: access.SiteUse, verb: "read", handle: translationForm},
		{pattern: "POST /app/{site}/{module}/{collection}/{id}/translations", host: onPlatform, permission: access.SiteUse, verb: "update", handle: submitTranslation},
		{pattern: "POST /app/{site}/{module}/{collection}/{id}/restore", host: onPlatform, permission: access.SiteUse, verb: "delete", handle: submitRestore},
		{pattern: "POST /app/{site}/{module}/{collection}/{id}/delete", host: onPlatform, permission: access.SiteUse, verb: "delete", handle: submitDelete},
		{pattern: "GET /app/{site}/{module}/{collection}/{id}/{action}", host: onPlatform, permission: access.SiteUse, verb: "{action}", handle: actionForm},
		{pattern: "POST /app/{site}/{module}/{collection}/{id}/{action}", host: onPlatform, permission: access.SiteUse, verb: "{action}", maxForm: maxUpload, handle: submitAction},
	}
	return append(list, newPlatformAPI(s.BaseURL.String()).routes...)
}
