package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// namePattern is what every name of the format looks like: of collections,
// fields, actions, reaches, roles, blocks, properties and queries.
const namePattern = `^[a-z][a-z0-9_]{0,40}$`

const nameHint = "Names are lower case letters, digits and _, begin with a letter and have at most 41 characters."

var nameRE = regexp.MustCompile(namePattern)

// reservedIDs would collide with addresses of the platform, or with its own
// permissions, which begin as those of a module do: with a name and a dot.
var reservedIDs = []string{
	"modules", "settings", "activity", "jobs", "members", "sites", "rpc", "platform", "dramac", "system", "api", "app",
}

// reservedFields are the columns of every record and the words with which the
// API queries.
var reservedFields = []string{
	"id", "site_id", "version", "custom", "i18n",
	"created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_by",
	"select", "order", "limit", "offset", "columns", "on_conflict", "and", "or", "not",
}

// reservedCollections would collide with addresses and grants of a module.
var reservedCollections = []string{"rpc", "x", "me", "settings", "dashboard", "page", "import", "openapi"}

// changingVerbs are the built-in actions of which a collection may say more.
var changingVerbs = []string{"create", "update", "delete"}

// builtInVerbs are the permissions that every collection has by itself.
var builtInVerbs = []string{"read", "create", "update", "delete", "export", "import"}

// reservedActions are taken by built-in verbs, addresses and events.
var reservedActions = []string{"new", "restore", "place", "settings", "merge", "history", "translations"}

// systemSort are the columns of every record by which records may be sorted.
var systemSort = []string{"created_at", "updated_at"}

// reservedSQL are the words that PostgreSQL does not take as the name of a
// table or column without quotes.
var reservedSQL = strings.Fields(`
	all analyse analyze and any array as asc asymmetric authorization binary both case cast check
	collate collation column concurrently constraint create cross current_catalog current_date
	current_role current_schema current_time current_timestamp current_user default deferrable desc
	distinct do else end except false fetch for foreign freeze from full grant group having ilike in
	initially inner intersect into is isnull join lateral leading left like limit localtime
	localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
	references returning right select session_user similar some symmetric system_user table
	tablesample then to trailing true union unique user using variadic verbose when where window with`)

// reservedField returns why the name cannot be a field's, "" when it can.
func reservedField(name string) string {
	switch {
	case slices.Contains(reservedFields, name),
		strings.HasPrefix(name, "created_"), strings.HasPrefix(name, "updated_"), strings.HasPrefix(name, "deleted_"):
		return fmt.Sprintf("%q is reserved (every record has it, or the API uses it to query)", name)
	case slices.Contains(rootNames, name):
		return fmt.Sprintf("%q is reserved (expressions begin with it)", name)
	case strings.HasPrefix(name, "x_"):
		return fmt.Sprintf("%q is reserved (names beginning with x_ are custom fields)", name)
	}
	return reservedAnywhere(name)
}

// reservedCollection returns why the name cannot be a collection's, "" when it can.
func reservedCollection(name string) string {
	if slices.Contains(reservedCollections, name) || strings.HasPrefix(name, "x_") {
		return fmt.Sprintf("%q is reserved (the platform has an address of that name)", name)
	}
	return reservedAnywhere(name)
}

func reservedAnywhere(name string) string {
	switch {
	case strings.HasPrefix(name, "mod_"), strings.HasPrefix(name, "pg_"):
		return fmt.Sprintf("%q is reserved (names beginning with mod_ or pg_ are the database's)", name)
	case slices.Contains(reservedSQL, name):
		return fmt.Sprintf("%q is reserved (it is a word of SQL)", name)
	}
	return ""
}
