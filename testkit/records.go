package testkit

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// Guestbook and Rental are the example modules, which every site has.
const (
	Guestbook = "guestbook"
	Rental    = "equipment-rental"
)

// Collections are the collections of the example modules, as "module.collection",
// in the order in which their records can be made.
func Collections() []string {
	return []string{
		Guestbook + ".entry", Rental + ".category", Rental + ".item", Rental + ".customer", Rental + ".rental", Rental + ".inquiry",
	}
}

// equip publishes the examples for both agencies and a secret module for each
// site, and installs them.
func (p *Platform) equip() {
	p.Helper()
	for _, name := range []string{Guestbook, Rental} {
		data := Example(p, name)
		p.Publish(p.Home, data)
		p.Publish(p.Foreign, data)
	}
	for _, s := range p.Sites() {
		p.Publish(s, p.secretModule(s.Secret))
		for _, name := range []string{Guestbook, Rental, s.Secret} {
			p.Install(s, name)
		}
	}
}

// secretModule is the package of a small module of that id.
func (p *Platform) secretModule(id string) []byte {
	return Files{
		"module.yaml":           "manifest: 1\nid: " + id + "\nname: " + id + "\nversion: 1.0.0\ntype: app\ncategory: content\ndescription: Notes.\n",
		"collections/note.yaml": "fields:\n  text: {type: text, required: true}\n",
	}.Pack(p)
}

// furnish makes one record in each collection of each site, through the data
// API, with values that appear nowhere else.
func (p *Platform) furnish() {
	p.Helper()
	for _, s := range p.Sites() {
		for _, name := range append(Collections(), s.Secret+".note") {
			s.Records[name] = p.Create(s, name, s.body(name))
		}
		p.confirm(s)
		hidden := word("hush")
		s.Records["hidden"] = p.Create(s, Guestbook+".entry", JSON(fmt.Sprintf(`{"name":%q,"message":%q,"hidden_on":"2026-01-01"}`, hidden, hidden)))
		gone := word("gone")
		s.Records["deleted"] = p.Create(s, Guestbook+".entry", JSON(fmt.Sprintf(`{"name":%q,"message":%q}`, gone, gone)))
		if r := p.Do(s.Key, http.MethodDelete, API(Guestbook+".entry")+"/"+s.Records["deleted"].String(), nil); r.Status != http.StatusNoContent {
			p.Fatalf("delete: %d %s", r.Status, r.Body)
		}
		s.Hidden = append(s.Hidden, hidden, gone)
		s.Canaries = append(s.Canaries, gone)
		s.Canaries = append(s.Canaries, hidden)
		for _, id := range s.Records {
			s.Canaries = append(s.Canaries, id.String())
		}
	}
}

// confirm books the site's rental, which so gets a number.
func (p *Platform) confirm(s *Site) {
	p.Helper()
	r := p.Do(s.Key, http.MethodPost, API(Rental+".rental")+"/"+s.Records[Rental+".rental"].String()+"/confirm", JSON(`{}`))
	if r.Status != http.StatusOK {
		p.Fatalf("confirm: %d %s", r.Status, r.Body)
	}
}

// Create makes a record through the data API with the site's key.
func (p *Platform) Create(s *Site, collection string, body JSON) uuid.UUID {
	p.Helper()
	r := p.Do(s.Key, http.MethodPost, API(collection), body)
	if r.Status != http.StatusCreated {
		p.Fatalf("create %s: %d %s", collection, r.Status, r.Body)
	}
	id, _ := r.Object()["id"].(string)
	return uuid.MustParse(id)
}

// API is the address of a collection's data API: API("guestbook.entry").
func API(collection string) string {
	return "/api/modules/" + strings.Replace(collection, ".", "/", 1)
}

// body is a record of the collection with fresh words in it, which become
// canaries of the site; what visitors may not see is noted too.
func (s *Site) body(collection string) JSON {
	public, private := word("show"), word("hush")
	s.Canaries = append(s.Canaries, public, private)
	s.Hidden = append(s.Hidden, private)
	return s.Body(collection, public, private)
}

// Body is a valid record of the collection. public stands in a field that
// visitors may see, if there is one, private in one that they may not.
func (s *Site) Body(collection, public, private string) JSON {
	ref := func(name string) string { return s.Records[Rental+"."+name].String() }
	switch collection {
	case Guestbook + ".entry":
		return JSON(fmt.Sprintf(`{"name":%q,"message":"Hello from %s"}`, public, public))
	case Rental + ".category":
		return JSON(fmt.Sprintf(`{"name":%q,"notes":%q}`, private, private))
	case Rental + ".item":
		return JSON(fmt.Sprintf(`{"name":%q,"notes":%q,"serial_number":%q,"category_id":%q,"daily_rate":{"amount":4500,"currency":%q},"quantity":3,"offered_from":"2020-01-01"}`,
			public, private, strings.ToUpper(private), ref("category"), s.Currency))
	case Rental + ".customer":
		return JSON(fmt.Sprintf(`{"name":%q,"email":"%s@example.com"}`, private, private))
	case Rental + ".rental":
		return JSON(fmt.Sprintf(`{"notes":%q,"customer_id":%q,"item_id":%q,"starts_on":"2026-01-01","ends_on":"2026-01-05","extras":[{"text":%q,"price":{"amount":500,"currency":%q}}]}`,
			private, ref("customer"), ref("item"), private, s.Currency))
	case Rental + ".inquiry":
		return JSON(fmt.Sprintf(`{"name":%q,"email":"%s@example.com","message":%q}`, private, private, private))
	}
	return JSON(fmt.Sprintf(`{"text":%q}`, private))
}
