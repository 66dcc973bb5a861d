package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// Demo is what the demo consists of, for people and for scripts. Its JSON is
// documented in docs/api.md and stable.
type Demo struct {
	URL   string     `json:"url"`
	Users []DemoUser `json:"users"`
	Sites []DemoSite `json:"sites"`
	Keys  []DemoKey  `json:"keys"`
}

// DemoUser is somebody who can sign in.
type DemoUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
	Agency   string `json:"agency"`
}

// DemoSite is a site; it answers on the subdomain of the URL's host.
type DemoSite struct {
	ID        string `json:"id"`
	Subdomain string `json:"subdomain"`
	Agency    string `json:"agency"`
}

// DemoKey is an API key with every grant on one site.
type DemoKey struct {
	Site string `json:"site"`
	Key  string `json:"key"`
}

type demoCommand struct {
	JSON  bool `name:"json" help:"Print JSON for scripts."`
	Force bool `help:"Load it into a platform that has agencies of its own."`
}

// Run loads the demo, once; later runs print the same log-ins again.
func (d *demoCommand) Run(ctx context.Context, p *process) (err error) {
	if err := p.config.Check(); err != nil {
		return fmt.Errorf("the configuration is not usable:\n%w", err)
	}
	log := p.logger()
	db, err := p.openAny(ctx, log)
	if err != nil {
		return err
	}
	defer func() {
		if closing := db.close(ctx); err == nil {
			err = closing
		}
	}()
	with, err := p.services(ctx, db, log, nil)
	if err != nil {
		return err
	}
	loaded, err := loadDemo(ctx, with, d.Force)
	if err != nil {
		return err
	}
	if d.JSON {
		return json.NewEncoder(p.stdout).Encode(loaded)
	}
	return loaded.print(p.stdout)
}

// print writes the demo for people.
func (d Demo) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nSign in at %s/app/login\n\n", d.URL)
	fmt.Fprintln(table, "E-MAIL\tPASSWORD\tROLE\tAGENCY")
	for _, u := range d.Users {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.Email, u.Password, u.Role, u.Agency)
	}
	fmt.Fprintln(table, "\nSITE\tSUBDOMAIN\tAGENCY")
	for _, s := range d.Sites {
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.ID, s.Subdomain, s.Agency)
	}
	fmt.Fprintln(table, "\nKEY FOR SITE\tKEY")
	for _, k := range d.Keys {
		fmt.Fprintf(table, "%s\t%s\n", k.Site, k.Key)
	}
	return table.Flush()
}
