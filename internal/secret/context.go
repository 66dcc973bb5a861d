package secret

import "github.com/google/uuid"

// RecordContext is the place of a record's sealed value: the table of a module,
// by the schema's and the collection's name, and the field and the record in it.
// The record is the one that owns the value, also for values of its lines.
func RecordContext(site uuid.UUID, schema, collection, field string, record uuid.UUID) string {
	return "record/" + site.String() + "/" + schema + "/" + collection + "/" + field + "/" + record.String()
}

// SettingContext is the place of a sealed setting of a module on a site.
func SettingContext(site, module uuid.UUID, name string) string {
	return "setting/" + site.String() + "/" + module.String() + "/" + name
}

// AuthenticatorContext is the place of the secret of an account's authenticator.
func AuthenticatorContext(account uuid.UUID) string { return "authenticator/" + account.String() }

// MailContext is the place of what a message says until it has been sent.
func MailContext(id uuid.UUID) string { return "mail/" + id.String() }

// ProviderContext is the place of the secret with which we are known to an
// agency's identity provider.
func ProviderContext(provider uuid.UUID) string { return "identity-provider/" + provider.String() }
