// Package access says who may do what, where. Permissions of the platform are
// declared here; a module's follow from its manifest. Everything is denied that
// is not granted.
package access

// Permission is a key of the catalogue: "<noun>.<verb>" of the platform. Keys
// of modules are "<module>.<collection>.<verb>" and live in Grants.
type Permission string

// The platform's permissions.
const (
	// Public marks a route that everybody may call. It must be typed out.
	Public Permission = "public"
	// SignedIn marks a route that any signed-in account may call.
	SignedIn Permission = "signed_in"
	// OwnAccount marks a route about the account of whoever is signed in. Keys,
	// which have none, are refused.
	OwnAccount Permission = "own_account"
	// SiteRead is seeing a site and what is installed on it.
	SiteRead Permission = "platform.site.read"
	// SiteManage is changing what a site itself is, as its languages.
	SiteManage Permission = "platform.site.manage"
	// SiteUse is reaching a site's module routes; the module's own grants
	// decide the rest.
	SiteUse Permission = "platform.site.use"
	// InstallationManage is installing, configuring, enabling, disabling and
	// uninstalling modules on a site.
	InstallationManage Permission = "platform.installation.manage"
	// ActivityRead is reading a site's audit log.
	ActivityRead Permission = "platform.activity.read"
	// ModuleRead is seeing the agency's modules.
	ModuleRead Permission = "platform.module.read"
	// ModulePublish is uploading packages for the agency's publisher.
	ModulePublish Permission = "platform.module.publish"
	// MailRead is seeing what was written to people in the agency's name. No key
	// ever has it, because mail may hold what signs somebody in.
	MailRead Permission = "platform.mail.read"
)

// Role is the fixed role of a member.
type Role string

// The roles, from the widest to the narrowest.
const (
	Owner  Role = "owner"
	Admin  Role = "admin"
	Editor Role = "member"
	Viewer Role = "viewer"
)

// rolePermissions is what a role may do on the sites its membership covers.
var rolePermissions = map[Role][]Permission{
	Owner:  {SiteRead, SiteManage, SiteUse, InstallationManage, ActivityRead, ModuleRead, ModulePublish, MailRead},
	Admin:  {SiteRead, SiteManage, SiteUse, InstallationManage, ActivityRead, ModuleRead, ModulePublish},
	Editor: {SiteRead, SiteUse, ModuleRead},
	Viewer: {SiteRead, SiteUse, ModuleRead},
}

// agencyOnly are permissions that a membership of one client or one site never gives.
var agencyOnly = map[Permission]bool{
	InstallationManage: true,
	ModuleRead:         true,
	ModulePublish:      true,
	MailRead:           true,
}
