package collection

import (
	"regexp"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// endpointTag gathers what the module answers itself.
const endpointTag = "endpoints"

var wildcardRE = regexp.MustCompile(`\{([^}]*)\}`)

// describeEndpoints writes the addresses that the module answers itself, for
// whoever is admitted. What they take and answer is the module's own.
func (m *Module) describeEndpoints(paths object, admitted func(*manifest.Endpoint) bool) {
	for i := range m.Manifest.Endpoints {
		e := &m.Manifest.Endpoints[i]
		if !admitted(e) {
			continue
		}
		at := "/api/modules/" + m.Manifest.ID + "/x" + e.Path
		path, ok := paths[at].(object)
		if !ok {
			path = object{}
			paths[at] = path
		}
		path[strings.ToLower(e.Method)] = describeEndpoint(e)
	}
}

func describeEndpoint(e *manifest.Endpoint) object {
	anything := object{"*/*": object{"schema": object{}}}
	own := refusal("What the module refuses, in its own words or as a problem.")
	own["content"].(object)["*/*"] = object{"schema": object{}}
	o := operation(endpointTag, "x_"+e.Name, strings.ReplaceAll(e.Name, "_", " "), object{
		"2XX": object{"description": "What the module answers.", "content": anything}, "4XX": own,
	}, "413")
	parameters := shared("Dramac-Site")
	for _, match := range wildcardRE.FindAllStringSubmatch(e.Path, -1) {
		parameters = append(parameters, object{"name": match[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	if e.Verify != nil {
		says := "The secret that the module's settings name."
		if e.Verify.HMAC != "" {
			says = "The HMAC of the body with the secret of the settings, " + e.Verify.HMAC + " in hexadecimal."
		}
		parameters = append(parameters, object{"name": e.Verify.Header, "in": "header", "required": true, "description": says, "schema": object{"type": "string"}})
	}
	o["parameters"] = parameters
	if e.Method != "GET" && e.Method != "DELETE" {
		o["requestBody"] = object{"content": anything}
	}
	if e.Auth == "none" {
		o["security"] = []object{{}}
	}
	return o
}
