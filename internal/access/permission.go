// Package access says who may do what, where. Permissions of the platform are
// declared here; a module's follow from its manifest. Everything is denied that
// is not granted.
package access

import "slices"

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
	// SiteManage is changing what a site itself is: its name, settings, languages.
	SiteManage Permission = "platform.site.manage"
	// SiteUse is reaching a site's module routes; the module's own grants
	// decide the rest.
	SiteUse Permission = "platform.site.use"
	// SiteCreate is adding sites to clients.
	SiteCreate Permission = "platform.site.create"
	// SiteArchive is putting a site away, taking it back, and giving it to
	// another client.
	SiteArchive Permission = "platform.site.archive"
	// InstallationManage is installing, configuring, enabling, disabling and
	// uninstalling modules on a site.
	InstallationManage Permission = "platform.installation.manage"
	// KeyManage is seeing, making, rotating and revoking a site's API keys, within
	// what one has oneself.
	KeyManage Permission = "platform.key.manage"
	// ActivityRead is reading a site's audit log.
	ActivityRead Permission = "platform.activity.read"
	// ModuleRead is seeing the agency's modules.
	ModuleRead Permission = "platform.module.read"
	// ModulePublish is uploading packages for the agency's publisher.
	ModulePublish Permission = "platform.module.publish"
	// MailRead is seeing what was written to people in the agency's name. No key
	// ever has it, because mail may hold what signs somebody in.
	MailRead Permission = "platform.mail.read"
	// AuditRead is reading the agency's audit log.
	AuditRead Permission = "platform.audit.read"
	// AgencyRead is seeing the agency's settings and clients.
	AgencyRead Permission = "platform.agency.read"
	// AgencyManage is changing the agency's settings.
	AgencyManage Permission = "platform.agency.manage"
	// ClientManage is adding, changing, archiving and restoring clients.
	ClientManage Permission = "platform.client.manage"
	// MemberRead is seeing who belongs to the agency, and who may do what.
	MemberRead Permission = "platform.member.read"
	// MemberManage is changing what members may do, and removing them, within
	// what one has oneself.
	MemberManage Permission = "platform.member.manage"
	// PlanRead is seeing the agency's plan, and what of it is used.
	PlanRead Permission = "platform.plan.read"
	// RoleManage is making roles, within what one has oneself.
	RoleManage Permission = "platform.role.manage"

	// TenantRead is seeing every agency of the platform, with its people and sites.
	TenantRead Permission = "platform.tenant.read"
	// TenantSuspend is suspending agencies and letting them go on.
	TenantSuspend Permission = "platform.tenant.suspend"
	// TenantImpersonate is acting as a member of an agency.
	TenantImpersonate Permission = "platform.tenant.impersonate"

	// ProviderManage is naming the agency's identity provider, which can act as
	// any of its members. No key ever has it.
	ProviderManage Permission = "platform.provider.manage"
	// TenantPlan is giving agencies a plan.
	TenantPlan Permission = "platform.tenant.plan"
	// FlagManage is switching features on and off.
	FlagManage Permission = "platform.flag.manage"
)

// administration are the permissions of those who administer the platform. They
// are nobody else's: no role and no key can name them.
var administration = []Permission{TenantRead, TenantSuspend, TenantImpersonate, TenantPlan, FlagManage}

// OfPlatform reports whether only those hold the permission who administer the
// platform.
func OfPlatform(p Permission) bool { return slices.Contains(administration, p) }

// Level is what a permission is about.
type Level string

// The levels.
const (
	OnAgency Level = "agency"
	OnSite   Level = "site"
)

// Levels are all of them, in the order of the catalogue.
func Levels() []Level { return []Level{OnAgency, OnSite} }

// Declared is one line of the catalogue of permissions.
type Declared struct {
	Key   Permission
	Level Level
	// Staff is whether only members of the agency itself hold it, never those of
	// one client or one site.
	Staff bool
	// Program is whether an API key may hold it: everything of its own site, and
	// of its agency only what its owner lets it publish.
	Program bool
	// Roles are the fixed roles that hold it.
	Roles []Role
}

// Role is the fixed role of a member.
type Role string

// The roles, from the widest to the narrowest.
const (
	Owner  Role = "owner"
	Admin  Role = "admin"
	Editor Role = "member"
	Viewer Role = "viewer"
)

// Roles are the fixed roles, from the widest to the narrowest.
func Roles() []Role { return []Role{Owner, Admin, Editor, Viewer} }

var (
	everybody = Roles()
	leaders   = []Role{Owner, Admin}
)

// catalogue is every permission of the platform that somebody can hold. It is
// read only.
var catalogue = []Declared{
	{Key: AgencyRead, Level: OnAgency, Staff: true, Roles: everybody},
	{Key: AgencyManage, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: ClientManage, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: SiteCreate, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: MemberRead, Level: OnAgency, Staff: true, Roles: []Role{Owner, Admin, Editor}},
	{Key: MemberManage, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: PlanRead, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: RoleManage, Level: OnAgency, Staff: true, Roles: []Role{Owner}},
	{Key: AuditRead, Level: OnAgency, Staff: true, Roles: leaders},
	{Key: ProviderManage, Level: OnAgency, Staff: true, Roles: []Role{Owner}},
	{Key: MailRead, Level: OnAgency, Staff: true, Roles: []Role{Owner}},
	{Key: ModuleRead, Level: OnAgency, Staff: true, Program: true, Roles: everybody},
	{Key: ModulePublish, Level: OnAgency, Staff: true, Program: true, Roles: leaders},
	{Key: SiteRead, Level: OnSite, Program: true, Roles: everybody},
	{Key: SiteUse, Level: OnSite, Program: true, Roles: everybody},
	{Key: SiteManage, Level: OnSite, Program: true, Roles: leaders},
	{Key: SiteArchive, Level: OnSite, Staff: true, Roles: leaders},
	{Key: InstallationManage, Level: OnSite, Staff: true, Program: true, Roles: leaders},
	{Key: KeyManage, Level: OnSite, Staff: true, Roles: leaders},
	{Key: ActivityRead, Level: OnSite, Program: true, Roles: leaders},
}

// Catalogue returns every permission of the platform, agencies' first.
func Catalogue() []Declared { return slices.Clone(catalogue) }

// declaration returns the line of a permission; false for what is not declared.
func declaration(p Permission) (Declared, bool) {
	at := slices.IndexFunc(catalogue, func(d Declared) bool { return d.Key == p })
	if at < 0 {
		return Declared{}, false
	}
	return catalogue[at], true
}

// Known reports whether a route may ask for the permission.
func Known(p Permission) bool {
	_, declared := declaration(p)
	return declared || OfPlatform(p) || p == Public || p == SignedIn || p == OwnAccount
}
