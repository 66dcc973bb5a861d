package collection

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

func describeRental(t *testing.T, allowed func(collection, verb string) bool) (*openapi3.T, string) {
	t.Helper()
	m, err := Compile(rental(), "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	text, err := OpenAPI(m, "https://site.example", func(collection, verb string) (Access, bool) {
		return Access{}, allowed(collection, verb)
	}, func(e *manifest.Endpoint) bool { return allowed("x", e.Name) })
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return document, string(text)
}

// TestOpenAPITellsOfEndpoints describes what the module answers itself to who is
// admitted to it, two methods of one address together.
func TestOpenAPITellsOfEndpoints(t *testing.T) {
	t.Parallel()
	declared := rental()
	declared.Endpoints = []manifest.Endpoint{
		{Name: "feed", Method: "GET", Path: "/feed/{token}.ics", Auth: "none"},
		{Name: "inbound", Method: "POST", Path: "/hook", Auth: "none", Verify: &manifest.Verify{HMAC: "sha256", Header: "X-Signature"}},
		{Name: "state", Method: "GET", Path: "/hook", Auth: "key"},
		{Name: "closed", Method: "GET", Path: "/closed", Auth: "key"},
	}
	m, err := Compile(declared, "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	text, err := OpenAPI(m, "https://site.example", func(string, string) (Access, bool) { return Access{}, false },
		func(e *manifest.Endpoint) bool { return e.Name != "closed" })
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err == nil {
		err = document.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	base := "/api/modules/" + m.Manifest.ID + "/x"
	feed, hook := document.Paths.Find(base+"/feed/{token}.ics"), document.Paths.Find(base+"/hook")
	if document.Paths.Len() != 2 || feed == nil || hook == nil || hook.Get == nil || hook.Post == nil {
		t.Fatalf("%s", text)
	}
	if feed.Get.Parameters.GetByInAndName("path", "token") == nil || hook.Post.Parameters.GetByInAndName("header", "X-Signature") == nil || hook.Post.RequestBody == nil {
		t.Errorf("parameters are missing: %s", text)
	}
}

func TestOpenAPIIsValid(t *testing.T) {
	document, _ := describeRental(t, func(string, string) bool { return true })
	for path, methods := range map[string]string{
		"/api/modules/rental/item":            "GET POST",
		"/api/modules/rental/item/{id}":       "DELETE GET PATCH",
		"/api/modules/rental/booking/request": "POST",
	} {
		found := document.Paths.Find(path)
		if found == nil {
			t.Errorf("%s is missing", path)
			continue
		}
		for _, method := range strings.Fields(methods) {
			if found.GetOperation(method) == nil {
				t.Errorf("%s %s is missing", method, path)
			}
		}
	}
	input := document.Components.Schemas["booking_create"].Value
	if strings.Join(input.Required, " ") != "customer item_id" || input.Properties["status"] != nil || input.Properties["item_id"] == nil {
		t.Errorf("input %v %v", input.Required, input.Properties)
	}
	update := document.Components.Schemas["booking_update"].Value
	if update.Properties["number"] != nil || update.Properties["version"] == nil || len(update.Required) > 0 {
		t.Errorf("update %v", update.Properties)
	}
}

func TestOpenAPITellsOnlyWhatIsAllowed(t *testing.T) {
	document, text := describeRental(t, func(collection, verb string) bool { return collection == "booking" && verb == "request" })
	if document.Paths.Len() != 1 || document.Paths.Find("/api/modules/rental/booking/request") == nil {
		t.Errorf("paths %v", document.Paths.InMatchingOrder())
	}
	if strings.Contains(text, "deposit") || strings.Contains(text, "quantity") {
		t.Error("the document shows fields that may not be read")
	}
	if _, text = describeRental(t, func(string, string) bool { return false }); !json.Valid([]byte(text)) {
		t.Error("not JSON")
	}
}

func TestADocumentTellsOnlyOfFieldsThatTheCallerSees(t *testing.T) {
	t.Parallel()
	m, err := Compile(rental(), "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	shown, hidden := m.collections[0].fields[0], m.collections[0].fields[1]
	text, err := OpenAPI(m, "https://site.example", func(collection, verb string) (Access, bool) {
		return Access{Fields: []string{shown.Name}}, collection == m.collections[0].Name && verb == "read"
	}, func(*manifest.Endpoint) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"`+shown.key+`"`) {
		t.Errorf("%s is not described", shown.key)
	}
	if strings.Contains(string(text), `"`+hidden.key) {
		t.Errorf("%s is hidden and described", hidden.key)
	}
}
