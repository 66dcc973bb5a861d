package gateway

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

type siteOutput struct {
	Body siteBody
}

func (c *call) describeSite(s tenancy.Site) siteBody {
	body := siteBody{
		ID: s.ID.String(), Name: s.Name, Subdomain: s.Subdomain, Client: s.ClientName, Agency: s.AgencyName, URL: c.publicURL(s),
		Language: s.Locale, Languages: s.Languages, PlaceBody: describePlace(s.Settings()), ArchivedAt: s.ArchivedAt,
	}
	if body.Languages == nil {
		body.Languages = []string{}
	}
	return body
}

// addSiteOperations declares the operations on one site.
func addSiteOperations(p *platformAPI) {
	operation(p, access.SiteRead, huma.Operation{
		OperationID: "findSite", Method: http.MethodGet, Path: "/api/v1/sites/{site}",
		Summary: "Find a site", Tags: []string{"Sites"},
	}, findSite)
	operation(p, access.SiteManage, huma.Operation{
		OperationID: "changeSite", Method: http.MethodPatch, Path: "/api/v1/sites/{site}",
		Summary: "Change what a site is", Tags: []string{"Sites"},
		Description: "Its name, address, settings and the languages of its content. What is written in a language that goes is kept, and shows again when it comes back.",
	}, changeSite)
}

func findSite(c *call, _ *siteInput) (*siteOutput, error) {
	return &siteOutput{Body: c.describeSite(*c.site)}, nil
}

type changeSiteInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Body struct {
		Name      *string `json:"name,omitempty"`
		Subdomain *string `json:"subdomain,omitempty" doc:"Its old address stops answering at once."`
		PlaceChange
		Languages *[]string `json:"languages,omitempty" doc:"The languages beside the site's own, BCP 47." example:"[\"de\",\"fr\"]"`
	}
}

func changeSite(c *call, in *changeSiteInput) (*siteOutput, error) {
	changed := *c.site
	var err error
	if in.Body.Name != nil || in.Body.Subdomain != nil || in.Body.PlaceChange != (PlaceChange{}) {
		changed, err = c.updateSite(func(s *tenancy.Site) {
			set(&s.Name, in.Body.Name)
			set(&s.Subdomain, in.Body.Subdomain)
			settings := s.Settings()
			in.Body.apply(&settings)
			s.Set(settings)
		})
		if err != nil {
			return nil, err
		}
	}
	if in.Body.Languages != nil {
		if changed.Languages, err = c.setLanguages(*in.Body.Languages); err != nil {
			return nil, err
		}
	}
	return &siteOutput{Body: c.describeSite(changed)}, nil
}

// setLanguages replaces the languages of the site's content beside its own.
func (c *call) setLanguages(tags []string) (languages []string, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if languages, err = tenancy.SetLanguages(c.ctx, tx, *c.site, tags); err != nil {
			return err
		}
		e := c.entry("site.languages_changed", c.site.Name)
		e.Before, e.After = map[string]any{"languages": c.site.Languages}, map[string]any{"languages": languages}
		return audit.Write(c.ctx, tx, e)
	})
	return languages, err
}
