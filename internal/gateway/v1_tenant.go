package gateway

import (
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// PlaceBody is how an agency or a site speaks, counts and taxes.
type PlaceBody struct {
	TimeZone    string  `json:"time_zone" doc:"IANA name." example:"Africa/Lusaka"`
	Currency    string  `json:"currency" doc:"ISO 4217." example:"ZMW"`
	TaxRate     float64 `json:"tax_rate" doc:"In percent." example:"16"`
	TaxIncluded bool    `json:"tax_included" doc:"Whether prices are written with the tax in them."`
	Units       string  `json:"units" enum:"metric,imperial"`
}

// percent is a rate in millionths as people say it.
func percent(millionths int64) float64 { return float64(millionths) / 10_000 }

func millionths(percent float64) int64 { return int64(math.Round(percent * 10_000)) }

func describePlace(s tenancy.Settings) PlaceBody {
	return PlaceBody{TimeZone: s.TimeZone, Currency: s.Currency, TaxRate: percent(s.TaxRate), TaxIncluded: s.TaxIncluded, Units: s.Units}
}

// PlaceChange is a PlaceBody of which only what is given changes.
type PlaceChange struct {
	Language    *string  `json:"language,omitempty" doc:"Its own language, BCP 47." example:"en-ZM"`
	TimeZone    *string  `json:"time_zone,omitempty" doc:"IANA name." example:"Africa/Lusaka"`
	Currency    *string  `json:"currency,omitempty" doc:"ISO 4217." example:"ZMW"`
	TaxRate     *float64 `json:"tax_rate,omitempty" doc:"In percent, with four decimals." minimum:"0" maximum:"100" example:"16"`
	TaxIncluded *bool    `json:"tax_included,omitempty" doc:"Whether prices are written with the tax in them."`
	Units       *string  `json:"units,omitempty" enum:"metric,imperial"`
}

func (p PlaceChange) apply(to *tenancy.Settings) {
	set(&to.Locale, p.Language)
	set(&to.TimeZone, p.TimeZone)
	set(&to.Currency, p.Currency)
	set(&to.TaxIncluded, p.TaxIncluded)
	set(&to.Units, p.Units)
	if p.TaxRate != nil {
		to.TaxRate = millionths(*p.TaxRate)
	}
}

// set is what a PATCH does with one value.
func set[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

type agencyBody struct {
	ID       string `json:"id" format:"uuid"`
	Name     string `json:"name"`
	Country  string `json:"country" doc:"ISO 3166; empty: not said." example:"ZM"`
	Language string `json:"language" doc:"Of new sites, BCP 47." example:"en-ZM"`
	PlaceBody
	Colour  string `json:"colour" doc:"Of buttons and links; empty: the platform's." example:"#1e90ff"`
	ReplyTo string `json:"reply_to" doc:"Where answers to its mail go; empty: nowhere."`
	// AuditDays is how long the audit log is kept.
	AuditDays int `json:"audit_days" doc:"How many days the audit log is kept." example:"730"`
}

func describeAgency(a tenancy.Agency) agencyBody {
	return agencyBody{
		ID: a.ID.String(), Name: a.Name, Country: a.Country, Language: a.Locale, PlaceBody: describePlace(a.Settings), Colour: a.Colour, ReplyTo: a.ReplyTo, AuditDays: a.AuditDays,
	}
}

type agencyOutput struct{ Body agencyBody }

type agenciesOutput struct{ Body []agencyBody }

type presetBody struct {
	Country  string `json:"country" doc:"ISO 3166." example:"ZM"`
	Language string `json:"language" doc:"BCP 47." example:"en-ZM"`
	PlaceBody
	DateFormat string `json:"date_format" doc:"How days are written there." example:"DD/MM/YYYY"`
}

type presetsOutput struct{ Body []presetBody }

type clientBody struct {
	ID         string     `json:"id" format:"uuid"`
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
	Notes      string     `json:"notes" doc:"For the agency only."`
	ArchivedAt *time.Time `json:"archived_at" doc:"Since when it is put away; null: it is served."`
}

func describeClient(c tenancy.Client) clientBody {
	return clientBody{ID: c.ID.String(), Name: c.Name, Email: c.Email, Phone: c.Phone, Notes: c.Notes, ArchivedAt: c.ArchivedAt}
}

type clientOutput struct{ Body clientBody }

type clientsOutput struct{ Body []clientBody }

// addTenantOperations declares the operations on the tree of tenants.
func addTenantOperations(p *platformAPI) {
	operation(p, access.SignedIn, huma.Operation{
		OperationID: "listAgencies", Method: http.MethodGet, Path: "/api/v1/agencies",
		Summary: "List the agencies that the caller belongs to", Tags: []string{"Agencies"},
	}, listAgencies)
	operation(p, access.AgencyRead, huma.Operation{
		OperationID: "findAgency", Method: http.MethodGet, Path: "/api/v1/agency",
		Summary: "Find the agency", Tags: []string{"Agencies"},
	}, findAgency)
	operation(p, access.AgencyManage, huma.Operation{
		OperationID: "changeAgency", Method: http.MethodPatch, Path: "/api/v1/agency",
		Summary: "Change the agency's settings", Tags: []string{"Agencies"},
		Description: "New sites begin with them. With country alone, a prepared country's usual settings are taken.",
	}, changeAgency)
	operation(p, access.SignedIn, huma.Operation{
		OperationID: "listPresets", Method: http.MethodGet, Path: "/api/v1/countries",
		Summary: "List the countries that are prepared", Tags: []string{"Agencies"},
		Description: "What is usual there: language, time zone, currency, tax, units.",
	}, listPresets)
	operation(p, access.AgencyRead, huma.Operation{
		OperationID: "listClients", Method: http.MethodGet, Path: "/api/v1/clients",
		Summary: "List the agency's clients", Tags: []string{"Clients"}, Description: "Archived ones come last.",
	}, listClients)
	operation(p, access.ClientManage, huma.Operation{
		OperationID: "createClient", Method: http.MethodPost, Path: "/api/v1/clients",
		Summary: "Add a client", Tags: []string{"Clients"}, DefaultStatus: http.StatusCreated,
	}, createClient)
	operation(p, access.AgencyRead, huma.Operation{
		OperationID: "findClient", Method: http.MethodGet, Path: "/api/v1/clients/{client}",
		Summary: "Find a client", Tags: []string{"Clients"},
	}, findClient)
	operation(p, access.ClientManage, huma.Operation{
		OperationID: "changeClient", Method: http.MethodPatch, Path: "/api/v1/clients/{client}",
		Summary: "Change a client", Tags: []string{"Clients"},
	}, changeClient)
	operation(p, access.ClientManage, huma.Operation{
		OperationID: "archiveClient", Method: http.MethodPost, Path: "/api/v1/clients/{client}/archive",
		Summary: "Archive a client", Tags: []string{"Clients"}, Description: "409 client_has_sites while one of its sites is served.",
	}, archiveClient)
	operation(p, access.ClientManage, huma.Operation{
		OperationID: "restoreClient", Method: http.MethodPost, Path: "/api/v1/clients/{client}/restore",
		Summary: "Take an archived client back", Tags: []string{"Clients"},
	}, restoreClient)
	operation(p, access.SiteCreate, huma.Operation{
		OperationID: "createSite", Method: http.MethodPost, Path: "/api/v1/sites",
		Summary: "Add a site to a client", Tags: []string{"Sites"}, DefaultStatus: http.StatusCreated,
		Description: "Settings that are left out are the agency's, or what is usual in the country. Without a subdomain one is made of the name.",
	}, createSite)
	operation(p, access.SiteArchive, huma.Operation{
		OperationID: "archiveSite", Method: http.MethodPost, Path: "/api/v1/sites/{site}/archive",
		Summary: "Archive a site", Tags: []string{"Sites"}, Description: "Its pages, API and jobs stop; what it holds is kept.",
	}, archiveSite)
	operation(p, access.SiteArchive, huma.Operation{
		OperationID: "restoreSite", Method: http.MethodPost, Path: "/api/v1/sites/{site}/restore", Metadata: map[string]any{forArchived: true},
		Summary: "Take an archived site back", Tags: []string{"Sites"},
	}, restoreSite)
	operation(p, access.SiteArchive, huma.Operation{
		OperationID: "transferSite", Method: http.MethodPost, Path: "/api/v1/sites/{site}/transfer",
		Summary: "Give a site to another client of the agency", Tags: []string{"Sites"},
		Description: "People of the clients lose and gain it with that. Its address, records and keys stay.",
	}, transferSite)
}

func listAgencies(c *call, _ *struct{}) (*agenciesOutput, error) {
	found, err := tenancy.ListAgencies(c.ctx, c.DB.Pool(), c.actor.Agencies())
	out := &agenciesOutput{Body: []agencyBody{}}
	for _, a := range found {
		body := describeAgency(a)
		if !c.actor.CanInAgency(access.AgencyRead, a.ID) {
			body.ReplyTo = ""
		}
		out.Body = append(out.Body, body)
	}
	return out, err
}

func findAgency(c *call, _ *AgencyInput) (*agencyOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	a, err := tenancy.FindAgency(c.ctx, c.DB.Pool(), c.agency())
	return &agencyOutput{Body: describeAgency(a)}, err
}

type changeAgencyInput struct {
	AgencyInput
	Body struct {
		Name    *string `json:"name,omitempty"`
		Country *string `json:"country,omitempty" doc:"ISO 3166." example:"ZM"`
		PlaceChange
		Colour  *string `json:"colour,omitempty" example:"#1e90ff"`
		ReplyTo *string `json:"reply_to,omitempty"`
		// AuditDays is how long the audit log is kept.
		AuditDays *int `json:"audit_days,omitempty" doc:"How many days the audit log is kept, 90 to 3650. What is older is deleted within hours."`
	}
}

func changeAgency(c *call, in *changeAgencyInput) (*agencyOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	a, err := c.updateAgency(func(a *tenancy.Agency) {
		if in.Body.Country != nil && in.Body.PlaceChange == (PlaceChange{}) {
			if preset, ok := tenancy.FindPreset(*in.Body.Country); ok {
				a.Settings = preset.Settings
			}
		}
		set(&a.Name, in.Body.Name)
		set(&a.Country, in.Body.Country)
		set(&a.Colour, in.Body.Colour)
		set(&a.ReplyTo, in.Body.ReplyTo)
		set(&a.AuditDays, in.Body.AuditDays)
		in.Body.apply(&a.Settings)
	})
	return &agencyOutput{Body: describeAgency(a)}, err
}

func listPresets(*call, *struct{}) (*presetsOutput, error) {
	out := &presetsOutput{}
	for _, p := range tenancy.Presets() {
		out.Body = append(out.Body, presetBody{Country: p.Country, Language: p.Locale, PlaceBody: describePlace(p.Settings), DateFormat: p.DateFormat})
	}
	return out, nil
}

func listClients(c *call, _ *AgencyInput) (*clientsOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	found, err := tenancy.ListClients(c.ctx, c.DB.Pool(), c.agency())
	out := &clientsOutput{Body: []clientBody{}}
	for _, line := range found {
		out.Body = append(out.Body, describeClient(line.Client))
	}
	return out, err
}

type ClientInput struct {
	AgencyInput
	Client string `path:"client" doc:"The client's id."`
}

type clientValues struct {
	Name  *string `json:"name,omitempty" doc:"1 to 120 characters."`
	Email *string `json:"email,omitempty"`
	Phone *string `json:"phone,omitempty"`
	Notes *string `json:"notes,omitempty" doc:"At most 500 characters, for the agency only."`
}

func (v clientValues) apply(to *tenancy.Client) {
	set(&to.Name, v.Name)
	set(&to.Email, v.Email)
	set(&to.Phone, v.Phone)
	set(&to.Notes, v.Notes)
}

type createClientInput struct {
	AgencyInput
	Body clientValues
}

func createClient(c *call, in *createClientInput) (*clientOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	var client tenancy.Client
	in.Body.apply(&client)
	client, err := c.addClient(client)
	return &clientOutput{Body: describeClient(client)}, err
}

func findClient(c *call, _ *ClientInput) (*clientOutput, error) {
	client, err := c.client()
	return &clientOutput{Body: describeClient(client)}, err
}

type changeClientInput struct {
	ClientInput
	Body clientValues
}

func changeClient(c *call, in *changeClientInput) (*clientOutput, error) {
	client, err := c.updateClient(in.Body.apply)
	return &clientOutput{Body: describeClient(client)}, err
}

func archiveClient(c *call, _ *ClientInput) (*clientOutput, error) {
	client, err := c.archiveClient()
	return &clientOutput{Body: describeClient(client)}, err
}

func restoreClient(c *call, _ *ClientInput) (*clientOutput, error) {
	client, err := c.restoreClient()
	return &clientOutput{Body: describeClient(client)}, err
}

type createSiteInput struct {
	AgencyInput
	Body struct {
		Client    string  `json:"client" format:"uuid" doc:"The id of the client that owns it."`
		Name      string  `json:"name"`
		Subdomain *string `json:"subdomain,omitempty" doc:"3 to 30 lower-case letters, digits and single hyphens, a letter first." example:"ten-ten-ltd"`
		Country   *string `json:"country,omitempty" doc:"A prepared country, whose usual settings it gets." example:"ZM"`
		PlaceChange
	}
}

func createSite(c *call, in *createSiteInput) (*siteOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	client, err := uuid.Parse(in.Body.Client)
	if err != nil {
		return nil, errs.BadFields(errs.Field{Path: "client", Code: "not_id", Message: "Must be the id of a client."})
	}
	wish := newSite{client: client, name: in.Body.Name, change: in.Body.apply}
	set(&wish.subdomain, in.Body.Subdomain)
	set(&wish.country, in.Body.Country)
	site, err := c.addSite(wish)
	return &siteOutput{Body: c.describeSite(site)}, err
}

func archiveSite(c *call, _ *siteInput) (*siteOutput, error) {
	site, err := c.archiveSite()
	return &siteOutput{Body: c.describeSite(site)}, err
}

func restoreSite(c *call, _ *siteInput) (*siteOutput, error) {
	site, err := c.restoreSite()
	return &siteOutput{Body: c.describeSite(site)}, err
}

type transferInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Body struct {
		Client string `json:"client" format:"uuid" doc:"The id of the client that gets it."`
	}
}

func transferSite(c *call, in *transferInput) (*siteOutput, error) {
	client, err := uuid.Parse(in.Body.Client)
	if err != nil {
		return nil, errs.BadFields(errs.Field{Path: "client", Code: "not_id", Message: "Must be the id of a client."})
	}
	site, err := c.transferSite(client)
	return &siteOutput{Body: c.describeSite(site)}, err
}
