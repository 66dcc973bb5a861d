package proof

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/dramac-main/dramac-cms/internal/pack"
)

const (
	firstOwner  = "owner@northwind.example"
	secondOwner = "owner@harbourpine.example"
	rental      = "/api/modules/equipment-rental"

	// providerKey is the value of a secret setting.
	providerKey = "sk-live-20894-nobody-reads-this"
)

// TestAPackageGoesFromTheAuthorToTheVisitor is the product's main journey, told
// once from the first command to the last: author, owner, program, visitor, and
// the people of another agency, who find no trace of any of it.
func TestAPackageGoesFromTheAuthorToTheVisitor(t *testing.T) {
	t.Parallel()
	s, err := shared.servers.start()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]string{}
	for _, example := range []string{"equipment-rental", "guestbook"} {
		if out, code := cli(t, "validate", filepath.Join(repository, "examples", example)); code != 0 {
			t.Fatalf("%s is not valid:\n%s", example, out)
		}
		packages[example] = built(t, example)
	}

	owner := newPerson(t, s)
	owner.signIn(s, firstOwner)
	ownerUploads(t, owner, packages["equipment-rental"])
	ownerInstalls(s, owner)
	ownerAddsRecords(owner)
	ownerEditsInTwoTabs(s, owner)
	ownerBooks(t, s, owner)
	item := programReadsAndAdds(t, s)
	visitorAsks(t, s, item)
	owner.open(s.app("summit", "/equipment-rental/inquiry"))
	if row := owner.row("Ada Byron"); row["E-mail"] != "ada@example.com" || row["Equipment"] != "Ladder 5 m" {
		t.Errorf("the inquiry is listed as %v", row)
	}
	ownerDisablesAndEnables(t, s, owner)
	owner.signOut()

	strangersFindNothing(t, s, owner, item)
	strangersHaveTheirOwn(t, s, owner, packages)
	owner.signOut()

	owner.signIn(s, firstOwner)
	ownerUninstallsAndReinstalls(t, s, owner)
	nothingStandsInClear(t, s)
}

// ownerUploads takes the package to the catalogue, after one with mistakes.
func ownerUploads(t *testing.T, owner *tab, file string) {
	t.Helper()
	owner.press("Modules")
	owner.sees("Upload package")
	owner.missing("Equipment rental")
	owner.attach("package", brokenPackage(t, "equipment-rental"))
	owner.press("Upload package")
	owner.sees("broken.dramac was not taken", "There are 2 mistakes in it.",
		"collections/category.yaml:7:38", "collections/item.yaml:8:35")
	owner.missing("Equipment rental")
	owner.attach("package", file)
	owner.sees(filepath.Base(file))
	owner.press("Upload package")
	owner.sees("Equipment rental 1.0.0 published", "Tools and machines for hire", "0 sites")
	owner.missing("was not taken")
}

// brokenPackage packs an example with two mistakes in it. The CLI refuses to,
// which is why the file is made without it.
func brokenPackage(t testing.TB, example string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(repository, "examples", example))); err != nil {
		t.Fatal(err)
	}
	replaceIn(t, filepath.Join(folder, "collections", "item.yaml"), "to: category", "to: categry")
	replaceIn(t, filepath.Join(folder, "collections", "category.yaml"), "unique: true", "uniqe: true")
	said, code := cli(t, "validate", folder)
	if code != 1 || !strings.Contains(said, "collections/item.yaml:8:35") || !strings.Contains(said, "collections/category.yaml:7:38") {
		t.Fatalf("the CLI ends with %d on two mistakes:\n%s", code, said)
	}
	if _, code := cli(t, "build", folder, "--out", filepath.Join(folder, "refused.dramac")); code != 1 {
		t.Fatalf("the CLI builds a package with mistakes: %d", code)
	}
	broken := filepath.Join(t.TempDir(), "broken.dramac")
	file, err := os.Create(broken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Build(os.DirFS(folder), file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return broken
}

func replaceIn(t testing.TB, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not say %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ownerInstalls puts the module on a site and changes a setting on the way.
func ownerInstalls(s *server, owner *tab) {
	owner.t.Helper()
	owner.open(s.url + "/app")
	owner.press("Summit Gear Rental")
	owner.sees("No modules installed")
	owner.press("Install module")
	owner.press("Equipment rental")
	owner.sees("What it brings", "Categories", "Equipment for hire, a block for pages")
	owner.holds("Collection and return", "Monday to Saturday, 7:00 to 18:00")
	owner.write("Collection and return", "Every day, 8:00 to 20:00")
	owner.write("Key of the payment provider", providerKey)
	owner.press("Install Equipment rental")
	owner.sees("Equipment rental installed")
	owner.inMenu("Equipment rental", "Rentals", "Inquiries", "Items", "Customers")
	owner.press("Manage Equipment rental")
	owner.holds("Collection and return", "Every day, 8:00 to 20:00")
	owner.sees("Remove the stored value")
	owner.missing(providerKey)
}

// inMenu wants a group of the menu with exactly these entries.
func (b *tab) inMenu(group string, entries ...string) {
	b.t.Helper()
	if got := b.menu()[group]; !slices.Equal(got, entries) {
		b.fail("the menu has %v under %s, want %v", got, group, entries)
	}
}

// ownerAddsRecords adds a category and an item of it. The first try is refused
// and nothing that was typed is lost.
func ownerAddsRecords(owner *tab) {
	owner.t.Helper()
	owner.press("Home")
	owner.press("Categories")
	owner.sees("No categories yet")
	owner.press("New category")
	owner.write("Name", "Ladders")
	owner.press("Create category")
	owner.sees("Category created")
	owner.row("Ladders")

	owner.press("Items")
	owner.press("New item")
	owner.write("Name", "Ladder 5 m")
	owner.pick("Category", "Ladders")
	owner.write("Daily rate", "a lot")
	owner.press("Create item")
	owner.sees("One value needs attention")
	owner.holds("Name", "Ladder 5 m")
	owner.holds("Category", "Ladders")
	owner.holds("Daily rate", "a lot")
	owner.write("Daily rate", "1,299.50")
	owner.write("Deposit", "$ 50")
	owner.press("Create item")
	owner.sees("Item created")
	want := map[string]string{
		"Name": "Ladder 5 m", "Category": "Ladders", "Serial number": "", "Daily rate": "$1,299.50", "Deposit": "$50.00", "Quantity": "1",
	}
	if row := owner.row("Ladder 5 m"); !maps.Equal(row, want) {
		owner.fail("the item is listed as %v, want %v", row, want)
	}
}

// ownerEditsInTwoTabs saves a record in one tab and then, unaware of it, in
// another one.
func ownerEditsInTwoTabs(s *server, owner *tab) {
	owner.t.Helper()
	owner.press("Ladder 5 m")
	owner.holds("Daily rate", "1,299.50")
	second := owner.anotherTab(s)
	second.open(owner.address())
	second.write("Daily rate", "19.90")
	second.press("Save changes")
	second.sees("Changes saved")
	if row := second.row("Ladder 5 m"); row["Daily rate"] != "$19.90" {
		second.fail("the item is listed as %v", row)
	}
	owner.write("Daily rate", "25")
	owner.press("Save changes")
	owner.sees("This record has changed since you opened it", "Saved meanwhile", "$19.90")
	owner.holds("Daily rate", "25")
	owner.press("Drop my changes and show what is saved")
	owner.holds("Daily rate", "19.90")
}

// ownerBooks takes a rental from the form to its number, and is refused another
// one for the same days.
func ownerBooks(t *testing.T, s *server, owner *tab) {
	t.Helper()
	owner.press("Customers")
	owner.press("New customer")
	owner.write("Name", "Lena Hoffmann")
	owner.press("Create customer")
	owner.press("Rentals")
	owner.press("New rental")
	owner.pick("Customer", "Lena Hoffmann")
	owner.pick("Item", "Ladder 5 m")
	owner.choose("First day", "2027-01-04")
	owner.choose("Last day", "2027-01-06")
	owner.click("Add line")
	owner.insert("Harness")
	owner.hit(kb.Tab)
	owner.hit(kb.Tab)
	owner.insert("4")
	owner.press("Create rental")
	owner.sees("Rental created")
	if row := owner.row("No number yet"); row["Status"] != "Draft" || row["Total"] != "$63.70" || row["In charge"] != "Nora Winter" {
		owner.fail("the rental is listed as %v", row)
	}
	owner.press("No number yet")
	owner.press("Confirm booking")
	owner.sees("Done: Confirm booking", "Confirmed", "Hand out")

	var booked []struct {
		Number   string
		Customer string `json:"customer_id"`
		Item     string `json:"item_id"`
	}
	key := s.key("summit")
	s.ask(t, http.MethodGet, s.url+rental+"/rental", key, nil, http.StatusOK, &booked)
	if len(booked) != 1 || !strings.HasSuffix(booked[0].Number, "-0001") {
		t.Fatalf("the data API has %+v", booked)
	}
	var made struct{ ID string }
	s.ask(t, http.MethodPost, s.url+rental+"/rental", key, map[string]any{
		"customer_id": booked[0].Customer, "item_id": booked[0].Item, "starts_on": "2027-01-06", "ends_on": "2027-01-07",
	}, http.StatusCreated, &made)
	owner.open(s.app("summit", "/equipment-rental/rental/"+made.ID))
	owner.press("Confirm booking")
	owner.sees("This piece is already booked on these days.", "Draft")
}

// nothingStandsInClear looks for the value of the secret setting in what the
// server wrote: its log, and all files of its database and its data folder.
func nothingStandsInClear(t *testing.T, s *server) {
	t.Helper()
	if strings.Contains(s.log.String(), providerKey) {
		t.Error("the log tells the secret")
	}
	found := false
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the database at work
		}
		if bytes.Contains(content, []byte(providerKey)) {
			t.Errorf("%s tells the secret", path)
		}
		found = found || bytes.Contains(content, []byte("payment_key"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Error("the settings are in no file, so nothing is proven")
	}
}

// programReadsAndAdds does by the data API what the owner did by hand, and
// returns the id of the owner's item.
func programReadsAndAdds(t *testing.T, s *server) string {
	t.Helper()
	type price struct {
		Amount   int64
		Currency string
	}
	var items []struct {
		ID         string
		Name       string
		DailyRate  price  `json:"daily_rate"`
		CategoryID string `json:"category_id"`
		Version    int64
	}
	key := s.key("summit")
	s.ask(t, http.MethodGet, s.url+rental+"/item?name=eq.Ladder%205%20m", key, nil, http.StatusOK, &items)
	if len(items) != 1 || items[0].DailyRate != (price{1990, "USD"}) || items[0].Version != 2 || items[0].CategoryID == "" {
		t.Fatalf("the data API has %+v", items)
	}
	s.ask(t, http.MethodPost, s.url+rental+"/item", key, map[string]any{
		"name": "Rotary hammer", "daily_rate": map[string]any{"amount": 2500, "currency": "USD"}, "notes": "Bit holder is worn",
	}, http.StatusCreated, nil)
	return items[0].ID
}

// visitorAsks looks at the site as anybody does, and sends the form.
func visitorAsks(t *testing.T, s *server, item string) {
	t.Helper()
	visitor := newPerson(t, s)
	visitor.open(s.page("summit"))
	visitor.sees("Equipment for hire", "Ladder 5 m", "$19.90 a day", "Deposit $50.00", "Rotary hammer", "$25.00 a day")
	visitor.missing("Bit holder is worn", "Serial number", item)
	visitor.write("Name", "Ada Byron")
	visitor.write("E-mail", "ada@example.com")
	visitor.write("Equipment", "Ladder 5 m")
	visitor.write("Your question", "Is it free in May?")
	visitor.press("Ask for a rental")
	visitor.sees("Thank you. It has been received.", "Rotary hammer")
	// What the visitor's reach shows, by program too.
	var items []map[string]any
	s.ask(t, http.MethodGet, s.page("summit")+strings.TrimPrefix(rental, "/")+"/item", "", nil, http.StatusOK, &items)
	if len(items) != 2 || items[0]["notes"] != nil {
		t.Errorf("a visitor reads %v", items)
	}
	s.ask(t, http.MethodGet, s.page("summit")+strings.TrimPrefix(rental, "/")+"/inquiry", "", nil, http.StatusUnauthorized, nil)
}

// ownerDisablesAndEnables turns the module off and on: page, API and menu follow
// at once.
func ownerDisablesAndEnables(t *testing.T, s *server, owner *tab) {
	t.Helper()
	visitor := newPerson(t, s)
	key := s.key("summit")
	owner.open(s.app("summit", "/modules/equipment-rental"))
	owner.press("Disable module")
	owner.sees("Equipment rental disabled")
	owner.inMenu("Equipment rental")
	owner.findsNothingAt(s.app("summit", "/equipment-rental/item"))
	visitor.open(s.page("summit"))
	visitor.sees("Nothing here yet")
	visitor.missing("Ladder", "Ask for a rental")
	s.ask(t, http.MethodGet, s.url+rental+"/item", key, nil, http.StatusNotFound, nil)
	s.ask(t, http.MethodGet, s.url+rental+"/openapi.json", key, nil, http.StatusNotFound, nil)

	owner.open(s.app("summit", "/modules/equipment-rental"))
	owner.press("Enable module")
	owner.sees("Equipment rental enabled")
	owner.inMenu("Equipment rental", "Rentals", "Inquiries", "Items", "Customers")
	visitor.open(s.page("summit"))
	visitor.sees("Ladder 5 m", "Rotary hammer", "Ask for a rental")
	s.ask(t, http.MethodGet, s.url+rental+"/item", key, nil, http.StatusOK, nil)
}

// strangersFindNothing looks for the first agency's things as the owner of the
// second, on every screen and by guessing addresses.
func strangersFindNothing(t *testing.T, s *server, owner *tab, item string) {
	t.Helper()
	owner.signIn(s, secondOwner)
	traces := []string{"Northwind", "Summit", "summit", "Blue Door", "Ladder", "Equipment rental", "equipment-rental", s.site("summit")}
	owner.missing(traces...)
	owner.press("Modules")
	owner.sees("Upload package")
	owner.missing(traces...)
	owner.open(s.app("oldmill", "/modules"))
	owner.sees("Helpdesk")
	owner.missing(traces...)
	owner.findsNothingAt(s.app("oldmill", "/modules/equipment-rental/install"))
	visitor := newPerson(t, s)
	visitor.open(s.page("oldmill"))
	visitor.sees("Nothing here yet")
	visitor.missing(traces...)
	for _, guess := range []string{
		"", "/activity", "/modules", "/modules/equipment-rental", "/modules/equipment-rental/install", "/equipment-rental/item",
		"/equipment-rental/item/new", "/equipment-rental/item/options", "/equipment-rental/item/" + item,
	} {
		owner.findsNothingAt(s.app("summit", guess))
		owner.missing(traces[:5]...)
	}
	owner.findsNothingAt(s.app("oldmill", "/equipment-rental/item/"+item))
	s.ask(t, http.MethodGet, s.url+rental+"/item/"+item, s.key("oldmill"), nil, http.StatusNotFound, nil)
	s.ask(t, http.MethodGet, s.page("summit")+strings.TrimPrefix(rental, "/")+"/item", s.key("oldmill"), nil, http.StatusNotFound, nil)
}

// strangersHaveTheirOwn gives the second agency both modules, the second one
// under the same id and version as the first agency's. The data are apart.
func strangersHaveTheirOwn(t *testing.T, s *server, owner *tab, packages map[string]string) {
	t.Helper()
	for _, name := range []string{"guestbook", "equipment-rental"} {
		owner.open(s.url + "/app/modules")
		owner.attach("package", packages[name])
		owner.press("Upload package")
		owner.sees("1.0.0 published")
	}
	for _, title := range []string{"Guestbook", "Equipment rental"} {
		owner.open(s.app("oldmill", "/modules"))
		owner.press(title)
		owner.press("Install " + title)
		owner.sees(title + " installed")
	}
	owner.inMenu("Guestbook", "Entries")
	owner.press("Items")
	owner.sees("No items yet")
	owner.press("New item")
	owner.write("Name", "Bread slicer")
	owner.write("Daily rate", "£7.5")
	owner.press("Create item")
	if row := owner.row("Bread slicer"); row["Daily rate"] != "£7.50" {
		owner.fail("the item is listed as %v", row)
	}
	visitor := newPerson(t, s)
	visitor.open(s.page("oldmill"))
	visitor.sees("Guestbook", "No entries yet. Be the first to sign.", "Bread slicer", "£7.50 a day")
	visitor.missing("Ladder", "Rotary hammer")
	visitor.open(s.page("summit"))
	visitor.sees("Ladder 5 m", "Rotary hammer")
	visitor.missing("Bread slicer", "Guestbook")
}

// ownerUninstallsAndReinstalls removes the module, whose id has to be typed, and
// takes it back with its records and settings.
func ownerUninstallsAndReinstalls(t *testing.T, s *server, owner *tab) {
	t.Helper()
	owner.press("Summit Gear Rental")
	owner.press("Modules")
	owner.press("Manage Equipment rental")
	owner.write("Type equipment-rental to confirm", "equipment")
	owner.press("Uninstall module")
	owner.sees("Type equipment-rental to confirm.")
	owner.inMenu("Equipment rental", "Rentals", "Inquiries", "Items", "Customers")
	owner.write("Type equipment-rental to confirm", "equipment-rental")
	owner.press("Uninstall module")
	owner.sees("uninstalled", "Data kept")
	owner.inMenu("Equipment rental")
	owner.findsNothingAt(s.app("summit", "/equipment-rental/item"))
	s.ask(t, http.MethodGet, s.url+rental+"/item", s.key("summit"), nil, http.StatusNotFound, nil)

	owner.open(s.app("summit", "/modules"))
	owner.press("Equipment rental")
	owner.sees("Data of an earlier installation is still here")
	owner.press("Install Equipment rental")
	owner.sees("Equipment rental installed")
	owner.press("Items")
	owner.row("Ladder 5 m")
	owner.row("Rotary hammer")
	owner.press("Inquiries")
	owner.row("Ada Byron")
	owner.press("Activity")
	owner.sees("Nora Winter", "uninstalled", "installed")
}
