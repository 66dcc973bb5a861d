package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
)

// choiceLimit is how many records a visitor's form offers for a reference.
const choiceLimit = 200

// siteHome is GET / on a site's host: the blocks of the enabled modules in the
// order of their installation.
func siteHome(c *call) (answer, error) {
	var state *page.FormState
	if parts := strings.Split(c.query().Get("sent"), "."); len(parts) == 3 {
		state = &page.FormState{Module: parts[0], Collection: parts[1], Action: parts[2], Sent: true}
	}
	return c.home(state)
}

// home draws the site's home page with what became of a form. Whoever asks for
// it, it is a visitor's: pages are kept by proxies and shown to others.
func (c *call) home(state *page.FormState) (answer, error) {
	visitor := *c
	visitor.actor = access.VisitorActor()
	blocks, err := visitor.blocks()
	if err != nil {
		return answer{}, err
	}
	drawn, err := page.Render(c.ctx, page.Input{
		Site:   c.pageSite(),
		CSS:    c.assets.URL("site.css"),
		Blocks: blocks,
		Form:   state,
		Words:  c.words,
		Now:    c.Now,
		Limits: c.Blocks,
	})
	if err != nil {
		return answer{}, err
	}
	for _, p := range drawn.Problems {
		if stale(p.Err) {
			return answer{}, p.Err
		}
		c.Log.Warn("block left out", "request", c.requestID, "site", c.site.ID, "block", p.Error())
	}
	a := answer{status: http.StatusOK, body: drawn.HTML, header: http.Header{
		"Content-Type":            {"text/html; charset=utf-8"},
		"Content-Security-Policy": {page.CSP()},
		"Cache-Control":           {"no-cache"},
		"Etag":                    {drawn.ETag},
	}}
	if state == nil && len(drawn.Problems) == 0 && etagMatches(c.request, drawn.ETag) {
		a.status, a.body = http.StatusNotModified, nil
	}
	return a, nil
}

// siteNotice draws an error as a page of the site, in its own look.
func (c *call) siteNotice(p problem) (answer, bool) {
	n := page.Notice{Title: c.words.T("notfound.title"), Text: c.words.T("notfound.front"), Back: c.words.T("dead.front")}
	switch {
	case p.Code == codeSuspended:
		n.Title, n.Text, n.Back = c.words.T("suspended.front"), c.words.T("suspended.front.text"), ""
	case p.Status >= http.StatusInternalServerError:
		n.Title = c.words.T("failure.title")
		n.Text = c.words.T("failure.text") + " " + c.words.T("failure.request", "id", c.requestID)
	case p.Status != http.StatusNotFound && p.Status != http.StatusUnauthorized:
		n.Title, n.Text = c.words.T("refusedpage.title"), c.words.TOr("error."+p.Code, p.Message)
	}
	drawn, err := page.Render(c.ctx, page.Input{
		Site: c.pageSite(), CSS: c.assets.URL("site.css"), Words: c.words, Now: c.Now, Notice: &n,
	})
	if err != nil {
		return answer{}, false
	}
	return answer{status: p.Status, body: drawn.HTML, header: http.Header{
		"Content-Type": {"text/html; charset=utf-8"}, "Content-Security-Policy": {page.CSP()},
	}}, true
}

// pageSite is the site as its pages tell of it.
func (c *call) pageSite() page.Site {
	return page.Site{
		Name: c.site.Name, Locale: c.site.Locale, Currency: c.site.Currency,
		TimeZone: c.site.TimeZone, URL: c.publicURL(*c.site) + "/",
	}
}

// blocks returns what the enabled modules show on the home page.
func (c *call) blocks() ([]page.BlockInput, error) {
	all, err := c.installed()
	if err != nil {
		return nil, err
	}
	var blocks []page.BlockInput
	for _, one := range all {
		if one.release == nil {
			continue
		}
		one.grants = c.actor.Grants(one.release.Manifest, c.place())
		for _, b := range one.release.Manifest.Blocks {
			template, err := c.templates.find(templateKey{one.Module, one.Version, one.release.Language, b.Name}, func() (*page.Template, error) {
				return page.Compile(b, one.release.Manifest)
			})
			if err != nil {
				c.Log.Error("block does not compile", "request", c.requestID, "module", one.Name, "block", b.Name, "error", err.Error())
				continue
			}
			inside := *c
			inside.running = &one
			blocks = append(blocks, page.BlockInput{Template: template, Load: inside.load, Choices: inside.choices, Settings: inside.settings(), Translate: one.release.Manifest.Translate})
		}
	}
	return blocks, nil
}

// load runs a block's query as the visitor: what the visitor may not read is
// not there.
func (c *call) load(ctx context.Context, q manifest.Query, properties map[string]any) ([]map[string]any, error) {
	records, err := c.records(q.Collection, "read")
	if err != nil {
		return nil, err
	}
	query, err := records.Collection.BlockQuery(q, properties)
	if err != nil {
		return nil, err
	}
	return readRows(ctx, records, query)
}

// choices offers the records of a reference that the visitor may read.
func (c *call) choices(ctx context.Context, f manifest.Field) ([]page.Choice, error) {
	if !c.running.grants.Can(f.To, "read") {
		return nil, nil
	}
	records, err := c.records(f.To, "read")
	if err != nil {
		return nil, err
	}
	query, ok := records.TitleQuery("", choiceLimit)
	if !ok {
		return nil, nil
	}
	rows, err := readRows(ctx, records, query)
	if err != nil {
		return nil, err
	}
	var list []page.Choice
	for _, row := range rows {
		list = append(list, page.Choice{ID: fmt.Sprint(row["id"]), Title: records.Collection.RowTitle(row)})
	}
	return list, nil
}

func readRows(ctx context.Context, records collection.Records, query collection.Query) ([]map[string]any, error) {
	found, err := records.List(ctx, query)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(found.JSON)))
	decoder.UseNumber()
	var rows []map[string]any
	if err := decoder.Decode(&rows); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return rows, nil
}
