package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// integerRE is how whole numbers are written; YAML's octal, hexadecimal and
// underscored numbers are refused, since YAML 1.1 and 1.2 read them differently.
var integerRE = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// later says that something is in the format and does not run yet.
func later(what string) string { return laterPhrase(strconv.Quote(what)) }

func laterPhrase(what string) string {
	return what + " is part of the format but this version of the platform does not run it yet"
}

// check compares the node with the shape. What is wrong is noted and the
// innermost wrong node marked; what names the value in messages.
func (d *document) check(what string, n *yaml.Node, s *shape) {
	if d.bad[n] || n.Kind == yaml.AliasNode {
		d.bad[n] = true
		return
	}
	switch {
	case s.isComputed(n) || d.checkLater(what, n, s):
	case !s.accepts(n) || shadyWord(n, s):
		d.wrongForm(what, n, s)
	default:
		d.checkForm(what, n, s)
	}
}

func (d *document) checkForm(what string, n *yaml.Node, s *shape) {
	switch s.form {
	case textForm:
		d.checkText(what, n, s)
	case integerForm:
		d.checkInteger(what, n, s)
	case booleanForm:
		if n.Value != "true" && n.Value != "false" {
			d.refuse(n, "", "%s takes true or false in small letters", what)
		}
	case decimalForm:
		if !matches(decimalPattern, n.Value) {
			d.refuse(n, "", "%s takes a number in plain digits", what)
		}
	case listForm:
		d.checkList(what, n, s)
	case variantForm:
		d.checkVariant(what, n, s)
	case mapForm:
		d.checkMap(what, n, s)
	case objectForm:
		d.checkObject(n, s.object)
	case fieldForm:
		d.checkField(what, n, s.place)
	case eitherForm:
		for i := range s.choices {
			if s.choices[i].accepts(n) {
				d.check(what, n, &s.choices[i])
				return
			}
		}
	}
}

// checkLater refuses what the full format knows here and this version does not run.
func (d *document) checkLater(what string, n *yaml.Node, s *shape) bool {
	isText := n.Kind == yaml.ScalarNode && n.Tag == "!!str"
	switch {
	case isText && s.literal && strings.HasPrefix(n.Value, "=") && !matches(s.pattern, n.Value):
		d.refuse(n, "", "%s", laterPhrase("a computed "+what))
	case isText && s.laterText != "" && !isYesNo(n.Value):
		d.refuse(n, "", "%s", laterPhrase(s.laterText))
	case n.Kind == yaml.MappingNode && s.laterObject != "":
		d.refuse(n, "", "%s", laterPhrase(s.laterObject))
	case isText && slices.Contains(s.later, n.Value):
		d.refuse(n, "", "%s", later(n.Value))
	default:
		return false
	}
	return true
}

// isComputed says whether the node is a computed value that this version runs.
func (s *shape) isComputed(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!str" && matches(s.computed, n.Value)
}

// compiled are the patterns that nearly every manifest meets, compiled once.
var compiled = compile(namePattern, iconPattern, limitPattern, grantPattern, sortPattern, valuePattern, pathPattern, indexPattern,
	percentPattern, durationPattern, decimalPattern, dayPattern, targetPattern, currencyPattern, computedPattern)

func compile(patterns ...string) map[string]*regexp.Regexp {
	all := make(map[string]*regexp.Regexp, len(patterns))
	for _, re := range patterns {
		all[re] = regexp.MustCompile(re)
	}
	return all
}

// matches says whether there is a pattern and the text matches it.
func matches(re, text string) bool {
	if known := compiled[re]; known != nil {
		return known.MatchString(text)
	}
	return re != "" && regexp.MustCompile(re).MatchString(text)
}

func isYesNo(word string) bool {
	switch strings.ToLower(word) {
	case "yes", "no", "on", "off", "y", "n":
		return true
	}
	return false
}

// shadyWord says whether the node is a word that half of all YAML readers take
// as true or false, where text is wanted.
func shadyWord(n *yaml.Node, s *shape) bool {
	return (s.form == textForm || s.form == eitherForm) && n.Kind == yaml.ScalarNode && n.Style == 0 &&
		n.Tag == "!!str" && isYesNo(n.Value)
}

func (d *document) wrongForm(what string, n *yaml.Node, s *shape) {
	isScalar := n.Kind == yaml.ScalarNode
	quotable := isScalar && s.takesText(n.Value)
	switch {
	case isNull(n):
		d.refuse(n, "", "%s is empty: it takes %s", what, s.takes)
	case quotable && n.Style == 0 && (n.Tag == "!!bool" || isYesNo(n.Value)):
		d.refuse(n, inQuotes(n), "YAML reads %s as true or false", n.Value)
	case quotable:
		d.refuse(n, inQuotes(n), "%s takes %s", what, s.takes)
	case isScalar && s.condition:
		d.refuse(n, s.hint, "%s takes %s", what, s.takes)
	case isScalar && s.form == textForm:
		d.checkText(what, n, s)
	case (s.form == booleanForm || s.yesNo) && isYesNo(value(n)):
		d.refuse(n, "", "%s takes %s, not %s", what, s.takes, n.Value)
	case isScalar && n.Tag == "!!str" && (s.minor || s.form == integerForm) && integerRE.MatchString(n.Value):
		d.refuse(n, fmt.Sprintf("Write %s without quotes.", n.Value), "%s takes %s", what, s.takes)
	case isScalar && s.minor:
		d.refuse(n, minorHint(n.Value, s), "%s takes %s", what, s.takes)
	default:
		d.refuse(n, "", "%s takes %s", what, s.takes)
	}
}

// minorHint says how an amount with decimals is written in minor units.
func minorHint(text string, s *shape) string {
	currency, of := s.currency, s.currency
	if !money.Valid(currency) {
		currency, of = "EUR", "of a currency with two decimals"
	}
	m, err := money.Parse(text, currency, money.Separators{Decimal: ".", Group: ","})
	if err != nil {
		return "Amounts are whole minor units: 1999 is 19.99 EUR."
	}
	hint := fmt.Sprintf("Amounts are whole minor units: for %s %s write %d", m.Format(money.Separators{Decimal: "."}), of, m.Amount)
	if s.form == eitherForm {
		hint += fmt.Sprintf(" or {amount: %d, currency: %s}", m.Amount, currency)
	}
	return hint + "."
}

func (d *document) checkText(what string, n *yaml.Node, s *shape) {
	length := int64(utf8.RuneCountInString(n.Value))
	switch {
	case strings.ContainsFunc(n.Value, isControl):
		d.refuse(n, "", "%s holds a control character", what)
	case s.enum != nil && !slices.Contains(s.enum, n.Value):
		hint := suggest(n.Value, s.enum)
		if hint == "" {
			hint = "Write " + words(s.enum) + "."
		}
		d.refuse(n, hint, "%q is not %s", n.Value, s.noun)
	case s.min != nil && length < *s.min:
		if length == 0 {
			d.refuse(n, "", "%s is empty: it takes %s", what, s.takes)
		} else {
			d.refuse(n, "", "%s has %d characters, at least %d are needed", what, length, *s.min)
		}
	case s.max != nil && length > *s.max:
		d.refuse(n, "", "%s has %d characters, at most %d are allowed", what, length, *s.max)
	case s.pattern != "" && !matches(s.pattern, n.Value):
		d.refuse(n, s.hint, "%q is not %s", n.Value, s.noun)
	}
}

// isControl says whether the character is none that people write; the database
// does not store all of them.
func isControl(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }

// words lists the words as a sentence does: "a, b or c".
func words(all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

func (d *document) checkInteger(what string, n *yaml.Node, s *shape) {
	if !integerRE.MatchString(n.Value) {
		d.refuse(n, "", "%s takes a whole number in plain digits", what)
		return
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	switch {
	case err != nil:
		d.refuse(n, "", "%s does not fit in 64 bits", what)
	case s.min != nil && s.max != nil && *s.min == *s.max && i != *s.min:
		d.refuse(n, "", "%s is always %d", what, *s.min)
	case s.min != nil && i < *s.min:
		d.refuse(n, "", "%s is at least %d", what, *s.min)
	case s.max != nil && i > *s.max:
		d.refuse(n, "", "%s is at most %d", what, *s.max)
	}
}

func (d *document) checkList(what string, n *yaml.Node, s *shape) {
	count := int64(len(n.Content))
	switch {
	case count < *s.min:
		d.refuse(n, "", "%s has no entry", what)
		return
	case count > *s.max:
		d.refuse(n, "", "%s has %d entries, at most %d are allowed", what, count, *s.max)
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Content {
		d.check("an entry of "+what, item, s.item)
		if d.bad[item] || item.Kind != yaml.ScalarNode {
			continue
		}
		if seen[item.Value] {
			d.refuse(item, "", "%q is listed twice", item.Value)
		}
		seen[item.Value] = true
	}
}

func (d *document) checkMap(what string, n *yaml.Node, s *shape) {
	if s.min != nil && int64(len(n.Content)) < 2**s.min {
		d.refuse(n, "", "%s has no entry", what)
		return
	}
	for _, e := range d.entries(n) {
		if !nameRE.MatchString(e.key.Value) {
			d.problem(e.key, nameHint, "%q is not a name for %s", e.key.Value, s.noun)
		}
		item := s.item
		if fixed, is := s.fixed[e.key.Value]; is {
			item = fixed
		}
		d.check(strconv.Quote(e.key.Value), e.value, item)
	}
}

// checkVariant checks an object by the keys of its "type".
func (d *document) checkVariant(what string, n *yaml.Node, s *shape) {
	kind := d.kindOf(n)
	known := sortedKeys(s.variants)
	switch {
	case kind == nil:
		d.refuse(n, "Add type: "+words(known)+".", "%s has no \"type\"", what)
	case slices.Contains(s.later, value(kind)):
		d.refuse(kind, "", "%s", later(value(kind)))
		d.bad[n] = true
	case d.bad[kind] || s.variants[value(kind)] == nil:
		if !d.bad[kind] {
			d.refuse(kind, suggest(value(kind), known), "%q is not a type of %s", value(kind), s.takes)
		}
		d.bad[n] = true
	default:
		d.checkObject(n, s.variants[kind.Value])
	}
}

func (d *document) checkObject(n *yaml.Node, o *object) {
	have := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		have[n.Content[i].Value] = true
	}
	for _, e := range d.entries(n) {
		k, known := o.find(e.key.Value)
		switch {
		case known:
			k.value.currency = value(d.values(n)["currency"])
			d.check(strconv.Quote(k.name), e.value, &k.value)
		case slices.Contains(o.later, e.key.Value):
			d.refuse(e.key, "", "%s", later(e.key.Value))
		case n.Style&yaml.FlowStyle != 0 && isNull(e.value):
			d.refuse(e.key, "Inside { } a comma ends a value: put a text with a comma in quotes.", "%s has no %q", o.noun, e.key.Value)
		default:
			d.refuse(e.key, suggest(e.key.Value, append(o.names(), o.later...)), "%s has no %q", o.noun, e.key.Value)
		}
	}
	for _, k := range o.keys {
		if k.required && !have[k.name] && !d.misspelt(n, o, k.name) {
			d.problem(n, "", "%s needs %q", o.noun, k.name)
		}
	}
}

// misspelt says whether an unknown key of the mapping was probably meant to be
// the missing one, so that the slip is not reported a second time.
func (d *document) misspelt(n *yaml.Node, o *object, missing string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; d.bad[k] && nearest(k.Value, o.names()) == missing {
			return true
		}
	}
	return false
}

func (d *document) checkField(what string, n *yaml.Node, where place) {
	if n.Kind == yaml.ScalarNode {
		if d.checkKind(n, where) && !has(n.Value, isBare) {
			needed := fieldFormat(n.Value, where).needed()
			d.refuse(n, fmt.Sprintf("Write {type: %s, %s: …}.", n.Value, needed), "%s field needs %q", article(n.Value), needed)
		}
		return
	}
	kind := d.kindOf(n)
	switch {
	case kind == nil && where == paramPlace:
		d.checkObject(n, parameterFormat())
	case kind == nil:
		if !d.markUnknown(n, where) {
			d.problem(n, "Write for example {type: text}.", "%s %s has no kind", strings.TrimPrefix(where.noun(), "a "), what)
		}
	case d.bad[kind] || !d.checkKind(kind, where):
		d.bad[kind] = true
	default:
		d.checkObject(n, fieldFormat(kind.Value, where).withMany(isTrue(d.values(n)["many"])))
	}
}

// kindOf returns the value of the field's "type", nil when there is none.
func (d *document) kindOf(n *yaml.Node) *yaml.Node {
	for _, e := range d.entries(n) {
		if e.key.Value == "type" {
			return e.value
		}
	}
	return nil
}

// markUnknown refuses the keys of a field without a kind that no kind has, and
// says whether there were any.
func (d *document) markUnknown(n *yaml.Node, where place) (found bool) {
	var known []string
	for _, kind := range Kinds() {
		o := fieldFormat(kind, where)
		known = append(append(known, o.names()...), o.later...)
	}
	for _, e := range d.entries(n) {
		if !slices.Contains(known, e.key.Value) {
			d.refuse(e.key, suggest(e.key.Value, known), "%s has no %q", where.noun(), e.key.Value)
			found = true
		}
	}
	return found
}

// checkKind says whether the node names a kind of field that may stand here.
func (d *document) checkKind(n *yaml.Node, where place) bool {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!str":
		d.refuse(n, "", "%q takes a kind of field", "type")
	case slices.Contains(where.kinds(), n.Value):
		return true
	case slices.Contains(Kinds(), n.Value):
		d.refuse(n, "", "%s", laterPhrase(fmt.Sprintf("%s of kind %q", where.noun(), n.Value)))
	case slices.Contains(laterKinds(), n.Value):
		d.refuse(n, "", "%s", later(n.Value))
	default:
		d.refuse(n, kindHint(n.Value, where), "%q is not a kind of field", n.Value)
	}
	return false
}
