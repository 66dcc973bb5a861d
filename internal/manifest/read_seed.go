package manifest

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// seedFile is a file of records that is being read.
type seedFile struct {
	doc *document
	of  *draft
	at  int // index of its Seed in the manifest
}

// readSeeds reads seed/<collection>.yaml, seed/<COUNTRY>/<collection>.yaml and
// demo/<collection>.yaml.
func (r *reader) readSeeds(contents map[string][]byte) {
	var files []seedFile
	for _, p := range sortedKeys(contents) {
		match := seedFileRE.FindStringSubmatch(p)
		if match == nil || contents[p] == nil {
			continue
		}
		doc := parse(p, contents[p], &r.found)
		of, has := r.collections[match[3]]
		if !has {
			doc.problem(nil, suggest(match[3], sortedKeys(r.collections)), "there is no collection %q", match[3])
			continue
		}
		if doc.root == nil || of.broken {
			continue
		}
		records := named("a record", shape{form: anyForm})
		if doc.root.Kind != yaml.MappingNode {
			doc.problem(doc.root, "Write key: {field: value} for each record.", "a file of records maps keys to records")
			continue
		}
		doc.checkMap("the file", doc.root, &records)
		files = append(files, seedFile{doc, of, len(r.m.Seeds)})
		seed := Seed{Collection: match[3], Country: match[2], Demo: match[1] == "demo"}
		for _, e := range doc.entries(doc.root) {
			seed.Records = append(seed.Records, SeedRecord{Key: e.key.Value})
		}
		r.m.Seeds = append(r.m.Seeds, seed)
	}
	for _, file := range files {
		for i, e := range file.doc.entries(file.doc.root) {
			r.m.Seeds[file.at].Records[i].Values = r.readSeedRecord(file, e)
		}
	}
}

func (r *reader) readSeedRecord(file seedFile, e entry) map[string]any {
	d := file.doc
	if d.bad[e.value] {
		return nil
	}
	if e.value.Kind != yaml.MappingNode {
		d.problem(e.value, "Write {field: value}.", "record %q is no mapping of fields", e.key.Value)
		return nil
	}
	values := map[string]any{}
	given := map[string]bool{}
	for _, v := range d.entries(e.value) {
		name := v.key.Value
		f := file.of.field(name)
		if f == nil {
			given[nearest(name, file.of.fieldNames())] = true
			d.problem(v.key, suggest(name, file.of.fieldNames()), "%s has no field %q", file.of.Name, name)
			continue
		}
		given[name] = true
		if why := f.closed(); why != "" && f.Kind != KindState {
			d.problem(v.key, "", "%q %s and stands in no seed", name, why)
			continue
		}
		if value, ok := r.readSeedValue(file, v.value, f); ok {
			values[name] = value
		}
	}
	for _, f := range file.of.Fields {
		if f.Required && f.asked() && !given[f.Name] {
			d.problem(e.key, "", "record %q leaves %q empty, which is required", e.key.Value, f.Name)
		}
	}
	return values
}

// readSeedValue reads a value: a literal or expression of the field's kind, the
// key of another record for a reference, a list of lines.
func (r *reader) readSeedValue(file seedFile, n *yaml.Node, f *Field) (any, bool) {
	d := file.doc
	switch {
	case d.bad[n] || f.Kind == "":
		return nil, false
	case f.Kind == KindReference:
		return r.readSeedKey(file, n, f)
	case f.Kind == KindLines:
		return r.readSeedLines(file, n, f)
	case f.Kind == KindLocation || f.Kind == KindJSON:
		return plain(n), true
	}
	shape := defaultShape(f.Kind, recordPlace)
	if f.Kind == KindState {
		shape = enum("a state of "+file.of.Name+"."+f.Name, f.optionValues()...)
	}
	if f.Many && f.Kind != KindTags {
		shape = listOf(shape)
	}
	d.check(strconv.Quote(f.Name), n, &shape)
	if d.bad[n] || slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return d.bad[item] }) {
		return nil, false
	}
	if formula, is := computedValue(n); is {
		r.expression(d, n, strconv.Quote(f.Name), scope{of: file.of}, valueOf(f))
		return formula, true
	}
	val := readLiteral(d, n, f)
	if val == nil {
		return nil, false
	}
	if why := f.refuses(val); why != "" {
		d.problem(n, f.optionHint(val), "%q %s", f.Name, why)
		return nil, false
	}
	return val, true
}

// readSeedKey reads the key of another seed's record, or several.
func (r *reader) readSeedKey(file seedFile, n *yaml.Node, f *Field) (any, bool) {
	d := file.doc
	if formula, is := computedValue(n); is {
		r.expression(d, n, strconv.Quote(f.Name), scope{of: file.of}, valueOf(f))
		return formula, true
	}
	if (n.Kind == yaml.SequenceNode) != f.Many {
		d.problem(n, "", "%q takes %s", f.Name, map[bool]string{true: "a list of keys", false: "the key of a record"}[f.Many])
		return nil, false
	}
	var all []string
	for _, item := range d.items(n) {
		known := r.seedKeys(f.To, r.m.Seeds[file.at])
		if !slices.Contains(known, item.Value) {
			d.problem(item, suggest(item.Value, known), "there is no seed %q of %s", item.Value, f.To)
			return nil, false
		}
		all = append(all, item.Value)
	}
	if f.Many {
		return all, true
	}
	return n.Value, true
}

// seedKeys lists the keys of the collection's records to which a file of
// records may refer: those of the same country, and seeds from a demo.
func (r *reader) seedKeys(collection string, from Seed) []string {
	var keys []string
	for _, s := range r.m.Seeds {
		if s.Collection == collection && (s.Country == "" || s.Country == from.Country) && (!s.Demo || from.Demo) {
			for _, record := range s.Records {
				keys = append(keys, record.Key)
			}
		}
	}
	return keys
}

func (r *reader) readSeedLines(file seedFile, n *yaml.Node, f *Field) (any, bool) {
	d := file.doc
	if n.Kind != yaml.SequenceNode {
		d.problem(n, "", "%q takes a list of lines", f.Name)
		return nil, false
	}
	var lines []map[string]any
	for _, item := range d.items(n) {
		line := map[string]any{}
		for _, v := range d.entries(item) {
			of := fieldNamed(f.Fields, v.key.Value)
			if of == nil {
				d.problem(v.key, suggest(v.key.Value, namesOf(f.Fields)), "a line of %s has no field %q", f.Name, v.key.Value)
				continue
			}
			if value, ok := r.readSeedValue(file, v.value, of); ok {
				line[of.Name] = value
			}
		}
		lines = append(lines, line)
	}
	return lines, true
}

// plain is the value of any YAML as JSON has it.
func plain(n *yaml.Node) any {
	var value any
	if n.Decode(&value) != nil {
		return nil
	}
	return value
}

// readLocales reads locales/<language>.yaml and refuses texts of what the
// manifest does not have.
func (r *reader) readLocales(contents map[string][]byte) {
	sound := len(r.found) == 0
	texts := r.m.Texts()
	for _, p := range sortedKeys(contents) {
		match := localeFileRE.FindStringSubmatch(p)
		if match == nil || contents[p] == nil {
			continue
		}
		doc := parse(p, contents[p], &r.found)
		if doc.root == nil {
			continue
		}
		if doc.root.Kind != yaml.MappingNode {
			doc.problem(doc.root, "", "a file of texts maps paths of the manifest to texts")
			continue
		}
		found := map[string]string{}
		readTexts(doc, doc.root, "", found, texts, sound)
		if r.m.Locales == nil {
			r.m.Locales = map[string]map[string]string{}
		}
		r.m.Locales[strings.TrimSuffix(path.Base(p), ".yaml")] = found
	}
}

// readTexts collects the texts below the node by their paths. Whether there is
// something to translate is said only when everything else is right.
func readTexts(d *document, n *yaml.Node, at string, found, texts map[string]string, sound bool) {
	for _, e := range d.entries(n) {
		where := strings.TrimPrefix(at+"."+e.key.Value, ".")
		if e.value.Kind == yaml.MappingNode {
			readTexts(d, e.value, where, found, texts, sound)
			continue
		}
		s := text(10_000)
		d.check(strconv.Quote(e.key.Value), e.value, &s)
		if d.bad[e.value] {
			continue
		}
		if _, known := texts[where]; !known && sound && at != "texts" {
			d.problem(e.key, suggest(where, sortedKeys(texts)), "the manifest has no text %q", where)
			continue
		}
		found[where] = e.value.Value
	}
}
