package module

import "slices"

// compareFunctions looks whether the finders are as they were made, and that
// the schema has no other function.
func (d *drift) compareFunctions(have []actualFunction) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(d.finders))) {
		at := slices.IndexFunc(have, func(f actualFunction) bool { return f.Name == name })
		if at < 0 {
			d.add(Warning, "The function %s is missing, so searching compares every record.", name)
			continue
		}
		f := have[at]
		if f.Owner != d.finder || !f.Definer || f.Path != "search_path=pg_catalog" {
			d.add(Danger, "The function %s is changed: it belongs to %s and has the settings %q.", name, f.Owner, f.Path)
		}
		for _, caller := range f.Callers {
			if caller != d.runtime && caller != d.finder {
				d.add(Danger, "The function %s may be called by %s.", name, caller)
			}
		}
	}
	for _, f := range have {
		if !slices.Contains(d.finders, f.Name) {
			d.add(Danger, "There is a function %s that no version declares.", f.Name)
		}
	}
}
