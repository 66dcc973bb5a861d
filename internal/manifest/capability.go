package manifest

import "slices"

// widgetParts, appParts and siteParts are what the types of module have in
// common; the names are keys of module.yaml and folders.
var (
	widgetParts      = []string{"blocks", "settings", "ui"}
	appParts         = append([]string{"collections", "roles", "menu", "actions", "jobs", "uses", "subscribe", "dashboards", "removed", "capabilities", "egress"}, widgetParts...)
	integrationParts = append([]string{"connections", "endpoints"}, appParts...)
	systemParts      = append([]string{"pages", "offers"}, integrationParts...)
)

// capabilities says what each type of module may declare.
var capabilities = map[Type][]string{
	Widget:      widgetParts,
	App:         append([]string{"pages"}, appParts...),
	Integration: integrationParts,
	System:      systemParts,
	Custom:      systemParts,
}

// Types lists the module types of the format.
func Types() []Type { return []Type{Widget, App, Integration, System, Custom} }

// Allows says whether a module of that type may declare the part: a key of
// module.yaml such as "roles", or the folder "collections" or "blocks".
func (t Type) Allows(part string) bool { return slices.Contains(capabilities[t], part) }
