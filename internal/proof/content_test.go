package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// content is a server with modules and records. Tests that share it add to it,
// and change nothing of it.
type content struct {
	*server
	tent   string // id of an item of the site summit
	rental string // id of a confirmed rental there
}

// withContent returns the server that tests share.
func withContent(t testing.TB) *content {
	t.Helper()
	c, err := shared.content()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// startWithContent starts the server and fills three sites: summit is a rental
// in business, bluedoor can install one, bluedoor-events has an empty one.
func startWithContent() (*content, error) {
	s, err := shared.servers.start()
	if err != nil {
		return nil, err
	}
	c := &content{server: s}
	for _, example := range []string{"equipment-rental", "guestbook"} {
		file, err := packageOf(example)
		if err != nil {
			return nil, err
		}
		if _, err := c.send("summit", "/api/v1/packages", file); err != nil {
			return nil, err
		}
	}
	for site, module := range map[string]string{"summit": "equipment-rental", "bluedoor-events": "equipment-rental", "bluedoor": "guestbook"} {
		if _, err := c.send(site, "/api/v1/sites/"+s.site(site)+"/modules", map[string]string{"module": module}); err != nil {
			return nil, err
		}
	}
	return c, errors.Join(c.speak("summit", "de", "fr"), c.fillRental(), c.fillGuestbook(), c.publishNewer("guestbook"))
}

// publishNewer publishes a version that no site has yet, of which people are told.
func (c *content) publishNewer(example string) error {
	folder, err := os.MkdirTemp(shared.packages, "newer-")
	if err != nil {
		return err
	}
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(repository, "examples", example))); err != nil {
		return err
	}
	file := filepath.Join(folder, "module.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("version: 1.0.0"), []byte("version: 1.1.0"), 1), 0o644); err != nil {
		return err
	}
	made, err := buildPackage(folder)
	if err != nil {
		return err
	}
	_, err = c.send("bluedoor", "/api/v1/packages", made)
	return err
}

// speak gives the site's content further languages.
func (c *content) speak(site string, languages ...string) error {
	to := c.url + "/api/v1/sites/" + c.site(site)
	got, err := c.call(context.Background(), http.MethodPatch, to, c.key(site), record{"languages": languages})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("PATCH %s answers %d: %s", to, got.status, got.body)
	}
	return err
}

// send posts to the API with the site's key and returns the id of what was made.
func (c *content) send(site, path string, body any) (string, error) {
	got, err := c.call(context.Background(), http.MethodPost, c.url+path, c.key(site), body)
	if err != nil {
		return "", err
	}
	if got.status != http.StatusCreated {
		return "", fmt.Errorf("POST %s answers %d: %s", path, got.status, got.body)
	}
	var made struct{ ID string }
	err = json.Unmarshal(got.body, &made)
	return made.ID, err
}

// record is the body of a record.
type record map[string]any

func dollars(amount int64) record { return record{"amount": amount * 100, "currency": "USD"} }

func (c *content) fillRental() error {
	var all []error
	add := func(collection string, r record) string {
		id, err := c.send("summit", rental+"/"+collection, r)
		all = append(all, err)
		return id
	}
	categories := map[string]string{}
	for i, name := range []string{"Climbing", "Camping", "Water sports", "Winter sports"} {
		categories[name] = add("category", record{"name": name, "position": (i + 1) * 10})
	}
	items := map[string]string{}
	for _, item := range []struct {
		name, category, serial, summary string
		rate, deposit, quantity         int64
	}{
		{"Alpine touring skis, 172 cm", "Winter sports", "ATS-172-04", "Light skis with pin bindings and skins.", 48, 300, 6},
		{"Avalanche safety set", "Winter sports", "", "Transceiver, shovel and probe.", 22, 150, 12},
		{"Bouldering crash pad", "Climbing", "BCP-118", "Folds to a backpack, 4 inches thick.", 14, 60, 9},
		{"Climbing rope 60 m", "Climbing", "ROPE-60-07", "Dynamic single rope, 9.8 mm.", 16, 80, 5},
		{"Four-season tent", "Camping", "TNT-4S-02", "For three people, stands in storm and snow.", 39, 250, 4},
		{"Inflatable paddle board", "Water sports", "SUP-11-03", "With pump, paddle and life vest.", 45, 200, 8},
		{"Sea kayak, two seats", "Water sports", "KYK-2-01", "Spray decks and paddles come with it.", 85, 500, 2},
		{"Snowshoes, adjustable", "Winter sports", "", "Fit boots up to size 13.", 18, 75, 14},
	} {
		r := record{
			"name": item.name, "category_id": categories[item.category], "summary": item.summary,
			"daily_rate": dollars(item.rate), "deposit": dollars(item.deposit), "quantity": item.quantity, "offered_from": "2026-01-15",
		}
		if item.serial != "" {
			r["serial_number"] = item.serial
		}
		items[item.name] = add("item", r)
	}
	c.tent = items["Four-season tent"]
	customer := add("customer", record{"name": "Lena Hoffmann", "company": "Ridgeline Guides", "email": "lena@ridgeline.example", "phone": "+1 303 555 0142"})
	c.rental = add("rental", record{
		"customer_id": customer, "item_id": items["Climbing rope 60 m"], "piece": 2, "starts_on": "2026-11-20", "ends_on": "2026-11-24",
		"extras": []record{{"text": "Harness", "quantity": 2, "price": dollars(4), "per_day": true}},
	})
	add("rental", record{"customer_id": customer, "item_id": c.tent, "starts_on": "2026-12-04", "ends_on": "2026-12-06"})
	got, err := c.call(context.Background(), http.MethodPost, c.url+rental+"/rental/"+c.rental+"/confirm", c.key("summit"), record{})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("confirm answers %d: %s", got.status, got.body)
	}
	return errors.Join(append(all, err)...)
}

func (c *content) fillGuestbook() error {
	_, err := c.send("bluedoor", "/api/modules/guestbook/entry", record{"name": "Rosa Lindqvist", "message": "The best cardamom buns in town. We will be back in spring!"})
	return err
}

// packageOf returns the package of an example.
func packageOf(example string) ([]byte, error) {
	return buildPackage(filepath.Join(repository, "examples", example))
}

// buildPackage returns the package of a module's folder, made by the CLI.
func buildPackage(module string) ([]byte, error) {
	folder, err := os.MkdirTemp(shared.packages, "package-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "made.dramac")
	if out, err := cliCommand("build", module, "--out", file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("dramac-cli build %s: %w\n%s", module, err, out)
	}
	return os.ReadFile(file)
}
