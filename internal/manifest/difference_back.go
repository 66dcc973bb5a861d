package manifest

import (
	"fmt"
	"slices"
)

// Return is what becomes of a difference when a site goes back to the version
// before.
type Return string

// The returns.
const (
	// Strict is a rule of the older version that records of the newer one may
	// break: the site stays on its version while they do.
	Strict Return = "tested"
	// Lost is what the newer version does not tell apart any more.
	Lost Return = "lost"
	// Unturned shows again what there was before the upgrade; what was written
	// since is kept unseen.
	Unturned Return = "unturned"
	// Turned makes values of the older version of those there are.
	Turned Return = "turned"
	// Hidden is not known to the older version, and kept for another upgrade.
	Hidden Return = "hidden"
	// Shown was removed, and is there again.
	Shown Return = "shown"
	// Called has the name of before.
	Called Return = "called"
	// Loose is a rule that the older version does not have.
	Loose Return = "loose"
	// Told as the older version tells or offers it.
	Told Return = "told"
)

// Undone lists what comes of going back, each sentence once.
func (d Diff) Undone(r Return) []string {
	var some []string
	for _, c := range d {
		if c.Return == r && !slices.Contains(some, c.Undone) {
			some = append(some, c.Undone)
		}
	}
	return some
}

// undo says what going back makes of the change, where differ has not.
func (d Diff) undo() {
	for n := range d {
		c := &d[n]
		if c.Return != "" {
			continue
		}
		switch c.Part {
		case "field":
			c.undoField()
		case "option":
			c.undoOption(d.Again(n))
		case "collection", "action", "event", "contract", "setting":
			c.undoPart()
		case "rule":
			c.undoRule()
		}
	}
}

// Again says whether a difference before the n-th one turned another option
// into the same one. On the way back all its records get the first of them.
func (d Diff) Again(n int) bool {
	c := d[n]
	return c.Part == "option" && c.Treatment == Renamed && slices.ContainsFunc(d[:n], func(o Change) bool {
		return o.Part == "option" && o.Treatment == Renamed && o.Name == c.Name && o.Collection == c.Collection && o.Field == c.Field
	})
}

func (c *Change) undone(r Return, sentence string, args ...any) {
	c.Return, c.Undone = r, fmt.Sprintf(sentence, args...)
}

func (c *Change) undoField() {
	switch c.Treatment {
	case Renamed:
		c.undone(Called, "Field %q of %q is called %q again.", c.Field, c.Collection, c.Old)
	case Converted:
		if c.Back != "" {
			c.undone(Turned, "The values of field %q of %q are turned back.", c.Field, c.Collection)
			return
		}
		c.undone(Unturned, "Field %q of %q shows what it held before the upgrade, and nothing in newer records.", c.Field, c.Collection)
	case Removed:
		c.undone(Shown, "Field %q of %q is there again, with what it held.", c.Field, c.Collection)
	case Tested:
		c.undone(Loose, "Field %q of %q takes what it took before.", c.Field, c.Collection)
	case Filled, Automatic:
		c.undone(Hidden, "Field %q of %q is not shown.", c.Field, c.Collection)
	}
}

func (c *Change) undoOption(again bool) {
	switch {
	case again:
		c.undone(Lost, "Which records of %q had %q in %q is not known any more.", c.Collection, c.Old, c.Field)
	case c.Treatment == Renamed:
		c.undone(Turned, "Records of %q with %q in %q get %q.", c.Collection, c.Name, c.Field, c.Old)
	case c.Treatment == Tested:
		c.undone(Loose, "Option %q of %q can be chosen again.", c.Name, c.Field)
	default:
		c.undone(Strict, "Option %q of %q is not there: no record of %q may have it.", c.Name, c.Field, c.Collection)
	}
}

// undoPart is for what a version has or has not as a whole.
func (c *Change) undoPart() {
	name := c.Name
	switch c.Part {
	case "collection":
		name = c.Collection
	case "setting":
		name = c.Field
	}
	part := map[string]string{"collection": "Collection", "action": "Action", "event": "Event", "contract": "Contract", "setting": "Setting"}[c.Part]
	switch c.Treatment {
	case Renamed:
		c.undone(Called, "%s %q is called %q again.", part, name, c.Old)
	case Removed:
		c.undone(Shown, "%s %q is there again.", part, name)
	case Versioned:
		c.undone(Told, "%s %q has the version of before.", part, name)
	case Tested:
		c.undone(Loose, "%s %q takes what it took before.", part, name)
	case Automatic:
		c.undone(Hidden, "%s %q is not there.", part, name)
	}
}

func (c *Change) undoRule() {
	switch {
	case c.Treatment == Tested:
		c.undone(Loose, "Records of %q need not keep %s any more.", c.Collection, c.Name)
	case c.Name == "lock":
		c.undone(Loose, "Records of %q are locked as before.", c.Collection)
	default:
		c.undone(Strict, "Records of %q have to be unique in %s again.", c.Collection, c.Name)
	}
}
