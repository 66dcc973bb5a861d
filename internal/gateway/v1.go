package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// maxPackage is the largest package file that an upload takes, in bytes.
const maxPackage = 10 << 20

// platformAPI is the platform's own API below /api/v1. Huma reads the input,
// checks it against the Go types and describes it; who may call is decided by
// our routes, like everywhere else.
type platformAPI struct {
	mux    *http.ServeMux
	api    huma.API
	routes []route
}

// rawObject is a JSON object that is passed on as it is.
type rawObject json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (o *rawObject) UnmarshalJSON(b []byte) error {
	*o = append((*o)[:0], b...)
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o rawObject) MarshalJSON() ([]byte, error) {
	if len(o) == 0 {
		return []byte("{}"), nil
	}
	return o, nil
}

// Schema implements huma.SchemaProvider.
func (rawObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

type versionOutput struct {
	Status int
	Body   struct {
		Module  string `json:"module" doc:"The module's id, as its manifest says." example:"guestbook"`
		Version string `json:"version" doc:"The version that was published." example:"1.0.0"`
	}
}

type installationBody struct {
	Module      string     `json:"module" doc:"The module's id." example:"guestbook"`
	Version     string     `json:"version" doc:"The version that the site runs." example:"1.0.0"`
	State       string     `json:"state" enum:"installed,enabled,disabled,uninstalled,purged" doc:"Where the installation stands."`
	Enabled     bool       `json:"enabled" doc:"Whether its API, screens and blocks work."`
	Settings    *rawObject `json:"settings,omitempty" doc:"The settings that were given, for whoever may change them; defaults are not repeated, and of a secret setting only {\"set\": true} is told."`
	InstalledAt time.Time  `json:"installed_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

type installationOutput struct {
	Body installationBody
}

type installationsOutput struct {
	Body []installationBody
}

type sitesOutput struct {
	Body []siteBody
}

type siteBody struct {
	ID        string   `json:"id" format:"uuid"`
	Name      string   `json:"name"`
	Subdomain string   `json:"subdomain"`
	Client    string   `json:"client"`
	Agency    string   `json:"agency"`
	URL       string   `json:"url"`
	Language  string   `json:"language" doc:"The site's own language, BCP 47." example:"en-GB"`
	Languages []string `json:"languages" doc:"The languages of its content beside its own."`
	PlaceBody
	ArchivedAt *time.Time `json:"archived_at" doc:"Since when it is put away; null: it is served."`
}

type modulesOutput struct {
	Body []moduleBody
}

type moduleBody struct {
	Module   string   `json:"module"`
	Name     string   `json:"name"`
	Versions []string `json:"versions" doc:"Published versions, newest first."`
}

// newPlatformAPI declares the operations.
func newPlatformAPI(address string) *platformAPI {
	config := huma.DefaultConfig("DRAMAC platform", "1")
	config.Info.Description = "Upload packages, install modules on sites, switch them on and off."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema links in answers
	config.Servers = []*huma.Server{{URL: address}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key, bound to one site."},
	}
	config.Security = []map[string][]string{{"key": {}}}
	p := &platformAPI{mux: http.NewServeMux()}
	p.api = humago.New(p.mux, config)

	operation(p, access.ModulePublish, huma.Operation{
		OperationID: "publishPackage", Method: http.MethodPost, Path: "/api/v1/packages", MaxBodyBytes: maxPackage,
		Summary: "Publish a package", Tags: []string{"Modules"}, DefaultStatus: http.StatusCreated,
		Description: "The body is the .dramac file. It becomes an immutable version, private to the key's agency. The same content again answers 200, other content under the same version 409.",
	}, publishPackage)
	operation(p, access.ModuleRead, huma.Operation{
		OperationID: "listModules", Method: http.MethodGet, Path: "/api/v1/modules",
		Summary: "List the agency's modules", Tags: []string{"Modules"},
	}, listModules)
	operation(p, access.SignedIn, huma.Operation{
		OperationID: "listSites", Method: http.MethodGet, Path: "/api/v1/sites",
		Summary: "List the sites that the caller reaches", Tags: []string{"Sites"},
	}, listSites)
	operation(p, access.SiteRead, huma.Operation{
		OperationID: "listInstallations", Method: http.MethodGet, Path: "/api/v1/sites/{site}/modules",
		Summary: "List what is installed on a site", Tags: []string{"Installations"},
	}, listInstallations)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "installModule", Method: http.MethodPost, Path: "/api/v1/sites/{site}/modules",
		Summary: "Install a module on a site", Tags: []string{"Installations"}, DefaultStatus: http.StatusCreated,
		Description: "The module is enabled at once when its required settings are given, unless enabled is false. Installing again within 30 days of uninstalling takes the data back.",
	}, installModule)
	operation(p, access.SiteRead, huma.Operation{
		OperationID: "findInstallation", Method: http.MethodGet, Path: "/api/v1/sites/{site}/modules/{module}",
		Summary: "Find an installation", Tags: []string{"Installations"},
	}, findInstallation)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "changeInstallation", Method: http.MethodPatch, Path: "/api/v1/sites/{site}/modules/{module}",
		Summary: "Enable, disable, set up or switch the version", Tags: []string{"Installations"},
		Description: "All that is given is done in one transaction. Settings are replaced as a whole, but a secret setting that is not mentioned stays; null clears it.",
	}, changeInstallation)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "planVersion", Method: http.MethodGet, Path: "/api/v1/sites/{site}/modules/{module}/plan",
		Summary: "Tell what another version would change on a site", Tags: []string{"Installations"},
		Description: "Each change with its treatment: automatic, renamed, filled, converted, tested, removed, versioned. Records that stand in the way are found when the version is changed: 409 upgrade_blocked or rollback_blocked names them.",
	}, planVersion)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "uninstallModule", Method: http.MethodDelete, Path: "/api/v1/sites/{site}/modules/{module}",
		Summary: "Uninstall a module", Tags: []string{"Installations"}, DefaultStatus: http.StatusNoContent,
		Description: "Its API, screens and blocks are gone at once; its records are kept for 30 days.",
	}, uninstallModule)
	addSiteOperations(p)
	addTenantOperations(p)
	addTeamOperations(p)
	addAuditOperations(p)
	addClientRuleOperations(p)
	addKeyOperations(p)
	addInvitationOperations(p)
	addFieldOperations(p)
	p.routes = append(p.routes, route{
		pattern: "GET /api/v1/openapi.json", host: onPlatform, permission: access.Public, handle: p.describe,
	})
	return p
}

// operation declares one operation: to huma what goes in and out, to the
// gateway who may call. An error of the handler is kept and answered by the
// gateway, so that all errors look alike.
func operation[I, O any](p *platformAPI, permission access.Permission, op huma.Operation, handle func(*call, *I) (*O, error)) {
	op.Errors = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}
	huma.Register(p.api, op, func(ctx context.Context, in *I) (*O, error) {
		inside, ok := ctx.Value(keyCall).(*operationCall)
		if !ok {
			return nil, errors.New("an operation was called outside its route")
		}
		out, err := handle(inside.call, in)
		inside.err = err
		return out, err
	})
	takes := mediaJSON
	switch {
	case op.MaxBodyBytes == maxPackage:
		takes = mediaBytes
	case op.Method == http.MethodGet || op.Method == http.MethodDelete || !hasBody[I]():
		takes = ""
	}
	p.routes = append(p.routes, route{
		pattern: op.Method + " " + op.Path, host: onPlatform, permission: permission,
		maxBody: op.MaxBodyBytes, archived: op.Metadata[forArchived] != nil, fresh: op.Metadata[forPersons] != nil, inPerson: op.Metadata[forPersons] != nil,
		handle: func(c *call) (answer, error) { return p.run(c, takes) },
	})
}

// forArchived is the metadata of operations on archived sites.
const forArchived = "archived"

// forPersons is the metadata of operations for people who have proven who they
// are, and act for themselves.
const forPersons = "persons"

// hasBody reports whether the input of an operation has one.
func hasBody[I any]() bool {
	_, has := reflect.TypeFor[I]().FieldByName("Body")
	return has
}

const keyCall contextKey = "call"

type operationCall struct {
	call *call
	err  error
}

// mediaBytes is what a package is sent as.
const mediaBytes = "application/octet-stream"

// checkBody refuses what an operation does not take, in our words and before
// huma says so in its own. A body without a type is taken for the right one.
func (c *call) checkBody(takes string) error {
	if sent := c.sent(); takes != "" && sent != "" && sent != takes {
		message := "Send JSON."
		if takes == mediaBytes {
			message = "Send the .dramac file as the body."
		}
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", message, "Content-Type: "+takes)
	}
	if takes != mediaJSON {
		return nil
	}
	body, err := c.readText()
	if err != nil {
		return err
	}
	c.request.Body = io.NopCloser(bytes.NewReader(body))
	return checkObject(body)
}

// run passes a permitted call to huma and takes the answer back.
func (p *platformAPI) run(c *call, takes string) (answer, error) {
	if err := c.checkBody(takes); err != nil {
		return answer{}, err
	}
	inside := &operationCall{call: c}
	out := &capture{header: http.Header{}}
	r := c.request.WithContext(context.WithValue(c.ctx, keyCall, inside))
	address := *r.URL
	address.RawQuery, r.URL = c.query().Encode(), &address // huma reads it by the standard library, which loses parts
	p.mux.ServeHTTP(out, r)
	if inside.err != nil {
		return answer{}, inside.err
	}
	body := []byte(out.body.String())
	if out.status >= http.StatusBadRequest {
		return answer{}, refusedInput(out.status, body)
	}
	out.header.Del("Link")
	return answer{status: out.status, header: out.header, body: body}, nil
}

// refusedInput translates huma's complaints about the input into ours.
func refusedInput(status int, body []byte) error {
	var model huma.ErrorModel
	if err := json.Unmarshal(body, &model); err != nil || status >= http.StatusInternalServerError {
		return errors.New("huma: " + string(body))
	}
	if len(model.Errors) == 0 {
		return refuse(status, "bad_request", model.Detail, "")
	}
	e := errs.New(errs.Invalid, "invalid", "Some values need attention.")
	for _, d := range model.Errors {
		e.Fields = append(e.Fields, complaint(d))
	}
	return e
}

// complaint says in our words what huma says about one value.
func complaint(d *huma.ErrorDetail) errs.Field {
	f := errs.Field{Path: d.Location, Code: "invalid", Message: "Is not as the description of this operation says."}
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	if name, ok := strings.CutPrefix(d.Message, before); ok && strings.HasSuffix(name, after) {
		f.Path += "." + strings.TrimSuffix(name, after)
		f.Code, f.Message = "required", "Must be filled in."
		return f
	}
	switch d.Message {
	case validation.MsgUnexpectedProperty:
		f.Code, f.Message = "unknown_field", "There is no such field."
	case validation.MsgExpectedString:
		f.Code, f.Message = "not_text", "Must be a text."
	case validation.MsgExpectedBoolean:
		f.Code, f.Message = "not_boolean", "Must be true or false."
	case validation.MsgExpectedInteger, validation.MsgExpectedNumber:
		f.Code, f.Message = "not_number", "Must be a number."
	case validation.MsgExpectedArray:
		f.Code, f.Message = "not_list", "Must be a list."
	case validation.MsgExpectedObject:
		f.Code, f.Message = "not_object", "Must be an object."
	}
	return f
}

// describe answers the OpenAPI document.
func (p *platformAPI) describe(*call) (answer, error) {
	body, err := p.document()
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusOK, body), nil
}

// document is the OpenAPI document with the errors as they really are, and
// with what huma cannot know: that publishing equal content again answers 200.
func (p *platformAPI) document() ([]byte, error) {
	text, err := p.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	schemas := under(document, "components", "schemas")
	schemas["ErrorModel"] = collection.ProblemSchema()
	delete(schemas, "ErrorDetail")
	published := under(document, "paths", "/api/v1/packages", "post", "responses")
	published["200"] = published["201"]
	return json.Marshal(document)
}

// under follows keys through nested objects. What is missing is made, and shows
// in the document as empty.
func under(o map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		inner, ok := o[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			o[key] = inner
		}
		o = inner
	}
	return o
}

// AgencyInput says whose things are meant; call.agency reads it.
type AgencyInput struct {
	Agency string `query:"agency" format:"uuid" doc:"The agency's id, of a person who is in several. A key has one."`
}

type publishInput struct {
	Agency  string `query:"agency" format:"uuid" doc:"The agency's id, of a person who is in several. A key has one."`
	RawBody []byte `contentType:"application/octet-stream"`
}

func publishPackage(c *call, in *publishInput) (*versionOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	version, created, err := c.publish(in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &versionOutput{Status: http.StatusOK}
	if created {
		out.Status = http.StatusCreated
	}
	out.Body.Module, out.Body.Version = version.Name, version.Version
	return out, nil
}

func listModules(c *call, _ *AgencyInput) (*modulesOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	found, err := c.Modules.Modules(c.ctx, c.agency())
	if err != nil {
		return nil, err
	}
	out := &modulesOutput{Body: []moduleBody{}}
	for _, m := range found {
		body := moduleBody{Module: m.Name, Name: m.Title}
		for _, v := range m.Versions {
			body.Versions = append(body.Versions, v.Version)
		}
		out.Body = append(out.Body, body)
	}
	return out, nil
}

func listSites(c *call, _ *struct{}) (*sitesOutput, error) {
	sites, err := c.reachable()
	if err != nil {
		return nil, err
	}
	out := &sitesOutput{Body: []siteBody{}}
	for _, s := range sites {
		out.Body = append(out.Body, c.describeSite(s))
	}
	return out, nil
}

// reachable returns the sites that the actor has to do with, of all its agencies.
func (c *call) reachable() ([]tenancy.Site, error) {
	var all []tenancy.Site
	for _, agency := range c.actor.Agencies() {
		sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), agency)
		if err != nil {
			return nil, err
		}
		for _, s := range sites {
			if s.SuspendedAt == nil && c.actor.Reaches(access.Place{Agency: s.Agency, Client: s.Client, Site: s.ID}) {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// publicURL is the address of a site's pages.
func (s *Server) publicURL(site tenancy.Site) string {
	return s.BaseURL.Scheme + "://" + site.Subdomain + "." + s.BaseURL.Host
}

type siteInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
}

type siteModuleInput struct {
	Site   string `path:"site" format:"uuid" doc:"The site's id."`
	Module string `path:"module" doc:"The module's id." example:"guestbook"`
}

func listInstallations(c *call, _ *siteInput) (*installationsOutput, error) {
	found, err := c.Modules.List(c.ctx, c.site.ID)
	if err != nil {
		return nil, err
	}
	out := &installationsOutput{Body: []installationBody{}}
	for _, in := range found {
		if in.State.Live() {
			out.Body = append(out.Body, c.describeInstallation(in))
		}
	}
	return out, nil
}

type installInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Body struct {
		Module   string    `json:"module" doc:"The module's id." example:"guestbook" minLength:"1" maxLength:"50"`
		Version  *string   `json:"version,omitempty" doc:"A published version; the newest when absent." example:"1.0.0"`
		Settings rawObject `json:"settings,omitempty" doc:"Values of the module's settings."`
		Enabled  *bool     `json:"enabled,omitempty" doc:"False installs without enabling. Default true."`
	}
}

func installModule(c *call, in *installInput) (*installationOutput, error) {
	install := c.Modules.Install
	if in.Body.Enabled != nil && !*in.Body.Enabled {
		install = c.Modules.InstallDisabled
	}
	version := ""
	if in.Body.Version != nil {
		if version = *in.Body.Version; version == "" {
			return nil, module.NoVersion(version)
		}
	}
	done, err := install(c.ctx, c.auditor(), c.siteRef(), in.Body.Module, version, json.RawMessage(in.Body.Settings))
	if err != nil {
		return nil, err
	}
	return &installationOutput{Body: c.describeInstallation(done)}, nil
}

// siteRef is the call's site as the module catalogue knows it.
func (c *call) siteRef() module.SiteRef {
	return module.SiteRef{ID: c.site.ID, Agency: c.site.Agency, Currency: c.site.Currency}
}

func findInstallation(c *call, in *siteModuleInput) (*installationOutput, error) {
	found, err := c.Modules.Find(c.ctx, c.site.ID, in.Module)
	if err != nil {
		return nil, err
	}
	if !found.State.Live() {
		return nil, errs.Missing()
	}
	return &installationOutput{Body: c.describeInstallation(found)}, nil
}

type planInput struct {
	Site    string `path:"site" format:"uuid" doc:"The site's id."`
	Module  string `path:"module" doc:"The module's id." example:"guestbook"`
	Version string `query:"version" doc:"The version to look at; the newest when it is left out." example:"1.1.0"`
}

type planOutput struct {
	Body struct {
		From    string       `json:"from" doc:"The version that the site runs."`
		To      string       `json:"to" doc:"The version that was asked for."`
		Back    bool         `json:"back" doc:"Whether it is an older one."`
		Changes []planChange `json:"changes" doc:"In the order of the versions on the way."`
	}
}

type planChange struct {
	Treatment  string `json:"treatment" doc:"How it reaches the site's records; on the way back what becomes of it."`
	Part       string `json:"part" doc:"What differs: a collection, field, option, rule, action, event …"`
	Collection string `json:"collection,omitempty"`
	Field      string `json:"field,omitempty"`
	Name       string `json:"name,omitempty"`
	Text       string `json:"text" doc:"The difference as a sentence."`
}

func planVersion(c *call, in *planInput) (*planOutput, error) {
	if in.Version == "" && c.query().Has("version") {
		return nil, module.NoVersion("")
	}
	plan, err := c.Modules.Plan(c.ctx, c.siteRef(), in.Module, in.Version)
	if err != nil {
		return nil, err
	}
	var out planOutput
	out.Body.From, out.Body.To, out.Body.Back = plan.From, plan.To, plan.Back
	out.Body.Changes = []planChange{}
	for _, change := range plan.Changes {
		treatment, text := string(change.Treatment), change.Reason
		if plan.Back {
			treatment, text = string(change.Return), change.Undone
		}
		if treatment == "" { // nothing comes of going back
			continue
		}
		out.Body.Changes = append(out.Body.Changes, planChange{
			Treatment: treatment, Part: change.Part, Collection: change.Collection, Field: change.Field, Name: change.Name, Text: text,
		})
	}
	return &out, nil
}

type changeInput struct {
	Site   string `path:"site" format:"uuid" doc:"The site's id."`
	Module string `path:"module" doc:"The module's id." example:"guestbook"`
	Body   struct {
		Enabled  *bool     `json:"enabled,omitempty" doc:"True enables, false disables."`
		Settings rawObject `json:"settings,omitempty" doc:"Replaces the settings."`
		Version  *string   `json:"version,omitempty" doc:"A published version to run from now on."`
	}
}

func changeInstallation(c *call, in *changeInput) (*installationOutput, error) {
	done, err := c.Modules.Update(c.ctx, c.auditor(), c.siteRef(), in.Module, module.Change{
		Enabled: in.Body.Enabled, Settings: json.RawMessage(in.Body.Settings), Version: in.Body.Version,
	})
	if err != nil {
		return nil, err
	}
	if in.Body.Version != nil {
		if err := c.tellOfChange(done); err != nil {
			return nil, err
		}
	}
	return &installationOutput{Body: c.describeInstallation(done)}, nil
}

func uninstallModule(c *call, in *siteModuleInput) (*struct{}, error) {
	return nil, c.Modules.Uninstall(c.ctx, c.auditor(), c.siteRef(), in.Module)
}

// describeInstallation tells of an installation; the settings only to whoever
// may change them.
func (c *call) describeInstallation(in module.Installation) installationBody {
	body := installationBody{
		Module: in.Name, Version: in.Version, State: string(in.State), Enabled: in.State == module.Enabled,
		InstalledAt: in.InstalledAt, UpdatedAt: in.UpdatedAt,
	}
	if c.actor.Can(access.InstallationManage, c.place()) {
		settings := rawObject(in.ShownSettings())
		body.Settings = &settings
	}
	return body
}
