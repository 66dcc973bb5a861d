package manifest_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// sound is a small module that is valid; each case changes one place of it.
var sound = map[string]string{
	"module.yaml": `manifest: 1
id: guestbook
name: Guestbook
version: 1.0.0
category: content
description: Visitors leave a message.
roles: {visitor: {grants: [entry.sign, "entry.read:shown"]}}
settings:
  greeting: {type: text, default: Hello}
`,
	"collections/entry.yaml": `title: name
fields:
  name: {type: text, required: true, max: 80}
  message: {type: longtext, required: true}
  price: {type: money, min: 0}
  topic: {type: reference, to: topic}
  rank: {type: integer, min: 1, max: 10}
  hidden_on: date
unique: [[name, topic]]
actions:
  sign: {scope: collection, params: {name: {}, message: {}}, limit: 5/hour}
access: {shown: {when: rank > 3, fields: [name, message]}}
views:
  list: {columns: [name, price], sort: [-created_at]}
`,
	"collections/topic.yaml": "fields: {title: text}\n",
	"blocks/wall.yaml": `properties: {limit: {type: integer, default: 20}}
queries: {entries: {from: entry, sort: [name], limit: =properties.limit}}
`,
	"blocks/wall.html": "{{ range .entries }}{{ .name }}{{ end }}\n",
}

// folder returns the sound module with one text replaced.
func folder(t *testing.T, file, was, is string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for name, content := range sound {
		if name == file && was != "" {
			if !strings.Contains(content, was) {
				t.Fatalf("%s does not contain %q", file, was)
			}
			content = strings.Replace(content, was, is, 1)
		}
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	if was == "" {
		files[file] = &fstest.MapFile{Data: []byte(is)}
	}
	return files
}

const entryFile = "collections/entry.yaml"

// mistakes are slips of authors. Each gives exactly the one message.
var mistakes = []struct {
	name, file, was, is, want string
	schemaAgrees              bool // the JSON Schema refuses it too; it cannot know about other places
}{
	{
		"unknown key of a kind", entryFile, "required: true, max: 80", "require: true, max: 80",
		`collections/entry.yaml:3:22: a text field has no "require". Did you mean "required"?`, true,
	},
	{
		"key of another kind", entryFile, "required: true}\n  price", "currency: EUR}\n  price",
		`collections/entry.yaml:4:29: a longtext field has no "currency"`, true,
	},
	{
		"unknown kind", entryFile, "type: money", "type: mony",
		`collections/entry.yaml:5:17: "mony" is not a kind of field. Did you mean "money"?`, true,
	},
	{
		"kind that continues a known one", entryFile, "hidden_on: date", "hidden_on: currency_amount",
		`collections/entry.yaml:8:14: "currency_amount" is not a kind of field. Did you mean "currency"?`, true,
	},
	{
		"kind of the format", entryFile, "hidden_on: date", "hidden_on: person",
		`collections/entry.yaml:8:14: "person" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"key of the format", entryFile, "title: name\n", "title: name\nlinks: {}\n",
		`collections/entry.yaml:2:1: "links" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"name of the format", entryFile, "when: rank > 3", "when: topic == my.team",
		`collections/entry.yaml:12:33: "when" of reach shown: "my.team" is part of the format but this version of the platform does not run it yet`, false,
	},
	{
		"name below a root of the format", entryFile, "when: rank > 3", "when: topic in my.team",
		`collections/entry.yaml:12:33: "when" of reach shown: "my.team" is part of the format but this version of the platform does not run it yet`, false,
	},
	{
		"module key of the format", "module.yaml", "settings:", "dashboards: {}\nsettings:",
		`module.yaml:8:1: "dashboards" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"default of a missing setting", entryFile, "max: 80", "default: =setting.greetin",
		`collections/entry.yaml:3:48: "default" of name: there is no setting "greetin". Did you mean "greeting"?`, false,
	},
	{
		"default of a setting of another kind", entryFile, "rank: {type: integer,", "rank: {type: integer, default: =setting.greeting,",
		`collections/entry.yaml:7:35: "default" of rank: "setting.greeting" is text, where a whole number belongs`, false,
	},
	{
		"default of a setting that is longer", entryFile, "max: 80", "max: 80, default: =setting.greeting",
		`collections/entry.yaml:3:56: "default" of name: setting "greeting" may be above the "max" of name. Give the setting "max: 80".`, false,
	},
	{
		"set to a missing setting", entryFile, "limit: 5/hour", "set: {rank: =setting.rank}",
		`collections/entry.yaml:11:75: the value that action sign sets for rank: there is no setting "rank"`, false,
	},
	{
		"setting of a setting", "module.yaml", "default: Hello", "default: =setting.other",
		`module.yaml:9:35: a computed "default" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"property of a setting", "blocks/wall.yaml", "default: 20", "default: =setting.greeting",
		`blocks/wall.yaml:1:46: a computed "default" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"setting in a query", "blocks/wall.yaml", "sort: [name]", "filter: rank > setting.rank",
		`blocks/wall.yaml:2:49: "filter" of query entries: there is no setting "rank"`, false,
	},
	{
		"template with a missing setting", "blocks/wall.html", "{{ range", "{{ .setting.greetin }}{{ range",
		`blocks/wall.html:1:12: the module has no setting "greetin". Did you mean "greeting"?`, false,
	},
	{
		"unique twice", entryFile, "[[name, topic]]", "[[name], name]",
		`collections/entry.yaml:9:18: name is unique already`, false,
	},
	{
		"index of a reference", entryFile, "unique: [[name, topic]]", "index: [[topic]]",
		`collections/entry.yaml:9:9: topic has an index already`, false,
	},
	{
		"control character", entryFile, "title: name\n", "title: name\nlabel: \"a\\0b\"\n",
		`collections/entry.yaml:2:8: "label" holds a control character`, false,
	},
	{
		"key twice", entryFile, "title: name\n", "title: name\ntitle: name\n",
		`collections/entry.yaml:2:1: "title" is given twice. The first is in line 1.`, false,
	},
	{
		"field twice", entryFile, "hidden_on: date", "rank: date",
		`collections/entry.yaml:8:3: "rank" is given twice. The first is in line 7.`, false,
	},
	{
		"anchor and alias", entryFile, "hidden_on: date\nunique: [[name, topic]]", "hidden_on: &d date\n  seen_on: *d",
		`collections/entry.yaml:8:14: anchors and aliases ("&d") are not part of the format. Write the value out each time.`, false,
	},
	{
		"tag", entryFile, "hidden_on: date", "hidden_on: !!str date",
		`collections/entry.yaml:8:14: tags ("!!str") are not part of the format`, false,
	},
	{
		"not YAML", entryFile, "title: name\n", "title: name: x\n",
		`collections/entry.yaml:1:1: this is not YAML: mapping values are not allowed in this context. A text that holds ": " is put in quotes.`, false,
	},
	{
		"two documents", "collections/topic.yaml", "", "fields: {title: text}\n---\nfields: {title: text}\n",
		`collections/topic.yaml:2:1: a file holds one document`, false,
	},
	{
		"empty file", "collections/topic.yaml", "", "# nothing\n",
		`collections/topic.yaml:1:1: the file is empty`, false,
	},
	{
		"another encoding", entryFile, "title: name", "\xff\xfet\x00",
		`collections/entry.yaml:1:1: the file is not UTF-8. Save it as UTF-8.`, false,
	},
	{
		"tab", entryFile, "  hidden_on: date", "\thidden_on: date",
		`collections/entry.yaml:8:1: this is not YAML: a tab; YAML indents with spaces. Write two spaces for it.`, false,
	},
	{
		"tab after spaces", entryFile, "views:\n  list", "views:\n \tlist",
		`collections/entry.yaml:14:2: this is not YAML: a tab; YAML indents with spaces. Write two spaces for it.`, false,
	},
	{
		"character that YAML keeps", entryFile, "title: name\n", "title: name\nlabel: @home\n",
		"collections/entry.yaml:2:8: this is not YAML: found character that cannot start any token. A text that begins with @, ` or % is put in quotes.", false,
	},
	{
		"colon within braces", entryFile, "max: 80", "help: see: below",
		`collections/entry.yaml:3:1: this is not YAML: did not find expected ',' or '}'. Inside { } and [ ] a text that holds one of , ? : { } [ ] is put in quotes, and every bracket is closed.`, false,
	},
	{
		"brace left open", "collections/topic.yaml", "fields: {title: text}\n", "fields: {title: text\n",
		`collections/topic.yaml:1:1: this is not YAML: did not find expected ',' or '}'. Inside { } and [ ] a text that holds one of , ? : { } [ ] is put in quotes, and every bracket is closed.`, false,
	},
	{
		"no colon", entryFile, "hidden_on: date", "hidden_on date",
		`collections/entry.yaml:8:1: this is not YAML: could not find expected ':'. A colon and a space stand between a key and its value, as in "title: name".`, false,
	},
	{
		"quote left open", entryFile, "hidden_on: date", "hidden_on: \"date",
		`collections/entry.yaml:8:1: this is not YAML: found unexpected end of stream. Close the quote.`, false,
	},
	{
		"number for a key", entryFile, "hidden_on: date", "1: date",
		`collections/entry.yaml:8:3: a key is a plain word. Names are lower case letters, digits and _, begin with a letter and have at most 41 characters.`, false,
	},
	{
		"truth for a key", entryFile, "hidden_on: date", "true: date",
		`collections/entry.yaml:8:3: a key is a plain word. Write "true" in quotes.`, false,
	},
	{
		"amount with decimals", entryFile, "min: 0}", "default: 0.50}",
		`collections/entry.yaml:5:33: "default" takes an amount in minor units or {amount, currency}. Amounts are whole minor units: for 0.50 of a currency with two decimals write 50 or {amount: 50, currency: EUR}.`, true,
	},
	{
		"amount with decimals in quotes", entryFile, "min: 0}", "default: \"0.50\"}",
		`collections/entry.yaml:5:33: "default" takes an amount in minor units or {amount, currency}. Amounts are whole minor units: for 0.50 of a currency with two decimals write 50 or {amount: 50, currency: EUR}.`, true,
	},
	{
		"amount with decimals of a known currency", entryFile, "min: 0}", "default: 1.5, currency: KWD}",
		`collections/entry.yaml:5:33: "default" takes an amount in minor units or {amount, currency}. Amounts are whole minor units: for 1.500 KWD write 1500 or {amount: 1500, currency: KWD}.`, true,
	},
	{
		"amount with too many decimals", entryFile, "min: 0}", "default: 1.505}",
		`collections/entry.yaml:5:33: "default" takes an amount in minor units or {amount, currency}. Amounts are whole minor units: 1999 is 19.99 EUR.`, true,
	},
	{
		"bound with decimals", entryFile, "min: 0}", "max: 99.90, currency: EUR}",
		`collections/entry.yaml:5:29: "max" takes a whole number. Amounts are whole minor units: for 99.90 EUR write 9990.`, true,
	},
	{
		"amount of an object with decimals", entryFile, "min: 0}", "default: {amount: 0.50, currency: EUR}}",
		`collections/entry.yaml:5:42: "amount" takes a whole number. Amounts are whole minor units: for 0.50 EUR write 50.`, true,
	},
	{
		"amount with decimals that an action sets", entryFile, "limit: 5/hour", "set: {price: 0.50}",
		`collections/entry.yaml:11:75: "price" takes an amount in minor units or {amount, currency}. Amounts are whole minor units: for 0.50 of a currency with two decimals write 50 or {amount: 50, currency: EUR}.`, false,
	},
	{
		"number with decimals that an action sets", entryFile, "limit: 5/hour", "set: {rank: 0.50}",
		`collections/entry.yaml:11:74: "rank" takes a whole number`, false,
	},
	{
		"number in quotes", entryFile, "max: 80", "max: \"80\"",
		`collections/entry.yaml:3:43: "max" takes a whole number. Write 80 without quotes.`, true,
	},
	{
		"number for a day", entryFile, "hidden_on: date", "hidden_on: {type: date, default: 5}",
		`collections/entry.yaml:8:36: "5" is not a date. Write it like 2026-12-31, or =today() for the day of creation.`, true,
	},
	{
		"number for a condition", entryFile, "when: rank > 3", "when: 42",
		`collections/entry.yaml:12:24: "when" takes an expression. Write a condition, like status == "open".`, true,
	},
	{
		"two lines in a text of one", entryFile, "max: 80", `default: "a\nb"`,
		`collections/entry.yaml:3:47: "default" of name holds a line break, a tab or a mark that turns the direction of text, which a text of one line does not take`, false,
	},
	{
		"comma cuts a condition", entryFile, "when: rank > 3,", "when: rank in (1, 2),",
		`collections/entry.yaml:12:24: "when": the bracket is not closed. Inside { } a comma ends a value: put the expression in quotes.`, true,
	},
	{
		"number for text", entryFile, "title: name\n", "title: name\nlabel: 42\n",
		`collections/entry.yaml:2:8: "label" takes text. Write "42" in quotes.`, true,
	},
	{
		"yes for text", entryFile, "title: name\n", "title: name\nlabel: yes\n",
		`collections/entry.yaml:2:8: YAML reads yes as true or false. Write "yes" in quotes.`, false,
	},
	{
		"text for a number", entryFile, "max: 80", "max: eighty",
		`collections/entry.yaml:3:43: "max" takes a whole number`, true,
	},
	{
		"yes for true", entryFile, "required: true, max: 80", "required: yes, max: 80",
		`collections/entry.yaml:3:32: "required" takes true, false or a condition, not yes`, false,
	},
	{
		"octal number", entryFile, "max: 80", "max: 0x50",
		`collections/entry.yaml:3:43: "max" takes a whole number in plain digits`, false,
	},
	{
		"key left empty", entryFile, "title: name\n", "title:\n",
		`collections/entry.yaml:1:7: "title" is empty: it takes text`, true,
	},
	{
		"field without a kind", entryFile, "{type: integer, min: 1, max: 10}", "{min: 1}",
		`collections/entry.yaml:7:9: field "rank" has no kind. Write for example {type: text}.`, true,
	},
	{
		"misspelt type", entryFile, "{type: integer, min: 1, max: 10}", "{typ: integer}",
		`collections/entry.yaml:7:10: a field has no "typ". Did you mean "type"?`, true,
	},
	{
		"name with capitals", entryFile, "hidden_on: date", "hiddenOn: date",
		`collections/entry.yaml:8:3: "hiddenOn" is not a name for a field. Names are lower case letters, digits and _, begin with a letter and have at most 41 characters.`, true,
	},
	{
		"reserved field", entryFile, "hidden_on: date", "order: date",
		`collections/entry.yaml:8:3: "order" is reserved (every record has it, or the API uses it to query). Choose another name.`, false,
	},
	{
		"word of SQL", entryFile, "hidden_on: date", "user: date",
		`collections/entry.yaml:8:3: "user" is reserved (it is a word of SQL). Choose another name.`, false,
	},
	{
		"field that shares a column", entryFile, "hidden_on: date", "price_amount: integer",
		`collections/entry.yaml:8:3: "price_amount" collides with a column of field "price". Choose another name.`, false,
	},
	{
		"missing collection", entryFile, "to: topic", "to: topik",
		`collections/entry.yaml:6:32: there is no collection "topik". Did you mean "topic"?`, false,
	},
	{
		"other module", entryFile, "to: topic", "to: contacts.contact",
		`collections/entry.yaml:6:32: there is no collection "contacts.contact". To refer to another module, name its contract under "uses" in module.yaml.`, false,
	},
	{
		"inverse taken", entryFile, "hidden_on: date", "second: {type: reference, to: topic}",
		`collections/entry.yaml:8:3: "entry" already names the records of entry on topic. Give another "inverse".`, false,
	},
	{
		"reference without target", entryFile, "{type: reference, to: topic}", "{type: reference}",
		`collections/entry.yaml:6:10: a reference field needs "to"`, true,
	},
	{
		"required and cleared", "collections/topic.yaml", "{title: text}", "{up: {type: reference, to: topic, required: true, on_delete: clear}}",
		`collections/topic.yaml:1:70: up is required and cannot be cleared`, false,
	},
	{
		"unknown key of a collection", entryFile, "unique:", "uniqe:",
		`collections/entry.yaml:9:1: a collection has no "uniqe". Did you mean "unique"?`, true,
	},
	{
		"title of another name", entryFile, "title: name", "title: nam",
		`collections/entry.yaml:1:8: entry has no field "nam". Did you mean "name"?`, false,
	},
	{
		"column of another name", entryFile, "columns: [name, price]", "columns: [name, prize]",
		`collections/entry.yaml:14:26: entry has no field "prize". Did you mean "price"?`, false,
	},
	{
		"sort by a reference", entryFile, "sort: [-created_at]", "sort: [topic]",
		`collections/entry.yaml:14:41: "topic" is a reference field, by which records are not sorted`, false,
	},
	{
		"unique over a long text", entryFile, "[[name, topic]]", "[[message]]",
		`collections/entry.yaml:9:11: "message" is a longtext field, which cannot be part of "unique"`, false,
	},
	{
		"column twice", entryFile, "columns: [name, price]", "columns: [name, name]",
		`collections/entry.yaml:14:26: "name" is listed twice`, true,
	},
	{
		"min above max", entryFile, "min: 1, max: 10", "min: 11, max: 10",
		`collections/entry.yaml:7:39: "max" of rank is less than "min"`, false,
	},
	{
		"default above max", entryFile, "min: 1, max: 10", "default: 11, max: 10",
		`collections/entry.yaml:7:34: "default" of rank is above its "max"`, false,
	},
	{
		"default of another kind", entryFile, "min: 1, max: 10", "default: many",
		`collections/entry.yaml:7:34: "default" takes a whole number`, true,
	},
	{
		"day that does not exist", entryFile, "hidden_on: date", "hidden_on: {type: date, default: 2026-02-30}",
		`collections/entry.yaml:8:36: 2026-02-30 is not a day of the calendar`, false,
	},
	{
		"pattern with an error", entryFile, "max: 80", `pattern: "[a"`,
		"collections/entry.yaml:3:47: \"pattern\" of name: missing closing ]: `[a`. Write a regular expression of RE2.", false,
	},
	{
		"message without pattern", entryFile, "max: 80", "message: Wrong",
		`collections/entry.yaml:3:47: "message" of name is shown when a pattern does not match, and there is no "pattern"`, false,
	},
	{
		"parameter of another name", entryFile, "params: {name: {}, message: {}}", "params: {nam: {}, message: {}}",
		`collections/entry.yaml:11:38: action sign has the parameter "nam", but entry has no such field. Did you mean "name"?`, false,
	},
	{
		"required field not covered", entryFile, "params: {name: {}, message: {}}", "params: {name: {}}",
		`collections/entry.yaml:11:3: action sign leaves "message" of the new record empty, which is required. Add it to "params" or "set".`, false,
	},
	{
		"built-in action", entryFile, "sign: {scope", "sign: {scope: collection, params: {name: {}, message: {}}}\n  export: {scope",
		`collections/entry.yaml:12:3: "export" is a built-in action of every collection. Choose another name.`, false,
	},
	{
		"unreadable limit", entryFile, "5/hour", "5 per hour",
		`collections/entry.yaml:11:69: "5 per hour" is not a limit. Write it like 5/hour; the period is minute, hour or day.`, true,
	},
	{
		"condition on a missing field", entryFile, "rank > 3", "ranc > 3",
		`collections/entry.yaml:12:24: "when" of reach shown: there is no field "ranc". Did you mean "rank"?`, false,
	},
	{
		"text compared with a number", entryFile, "rank > 3", `rank > "x"`,
		`collections/entry.yaml:12:31: "when" of reach shown: "rank" is a whole number; "x" is not`, false,
	},
	{
		"reach over a missing field", entryFile, "fields: [name, message]}", "fields: [name, mesage]}",
		`collections/entry.yaml:12:49: entry has no field "mesage". Did you mean "message"?`, false,
	},
	{
		"form without a required field", entryFile, "views:\n", "views:\n  form: {sections: [{fields: [name]}]}\n",
		`collections/entry.yaml:14:20: the form leaves out "message", which is required and has no default`, false,
	},
	{
		"grant of a missing action", "module.yaml", "entry.sign", "entry.sing",
		`module.yaml:7:28: role "visitor" is granted "entry.sing", which does not exist. Did you mean "entry.sign"?`, false,
	},
	{
		"grant of a missing reach", "module.yaml", "read:shown", "read:shwn",
		`module.yaml:7:40: "shwn" is not declared under "access" of entry. Did you mean "shown"?`, false,
	},
	{
		"grant on a missing collection", "module.yaml", "entry.sign", "entri.sign",
		`module.yaml:7:28: role "visitor" is granted "entri.sign", but there is no collection "entri". Did you mean "entry.sign"?`, false,
	},
	{
		"visitors who create", "module.yaml", "entry.sign", "entry.create",
		`module.yaml:7:28: visitors cannot be granted "entry.create", which takes every field. Declare an action with "scope: collection" and the parameters they may fill.`, false,
	},
	{
		"visitors who delete", "module.yaml", "entry.sign", "entry.delete",
		`module.yaml:7:28: visitors cannot be granted "entry.delete": they may read within a reach and run actions`, false,
	},
	{
		"visitors who read all", "module.yaml", `"entry.read:shown"`, "entry.read",
		`module.yaml:7:40: visitors cannot be granted "entry.read" without a reach. Write entry.read:shown and declare shown: {when: ..., fields: [...]} under "access" of entry.`, false,
	},
	{
		"visitors who read every field", entryFile, ", fields: [name, message]}}", "}}",
		`module.yaml:7:40: visitors may see "entry.read:shown", but that reach lists no fields. Write shown: {when: ..., fields: [...]} under "access" of entry.`, false,
	},
	{
		"id with capitals", "module.yaml", "id: guestbook", "id: GuestBook",
		`module.yaml:2:5: "GuestBook" is not a module id. Write lower case words joined by hyphens, like equipment-rental.`, true,
	},
	{
		"reserved id", "module.yaml", "id: guestbook", "id: settings",
		`module.yaml:2:5: "settings" is reserved (the platform has an address or permissions of that name). Choose another id.`, false,
	},
	{
		"id that begins the platform's permissions", "module.yaml", "id: guestbook", "id: platform",
		`module.yaml:2:5: "platform" is reserved (the platform has an address or permissions of that name). Choose another id.`, false,
	},
	{
		"markup in which no value is safe", "blocks/wall.html", "{{ range .entries }}{{ .name }}{{ end }}",
		`<h2 {{ if .properties.limit }}title="{{ end }}x">`,
		`blocks/wall.html:1:11: the branches of this action end in different places of the markup, so that what follows cannot be made safe. Close every tag and quote in the branch that opens it.`, false,
	},
	{
		"version of two parts", "module.yaml", "version: 1.0.0", "version: 1.0",
		`module.yaml:4:10: "1.0" is not a version. Write all three numbers, as 1.0.0 (SemVer 2).`, true,
	},
	{
		"version of one word", "module.yaml", "version: 1.0.0", "version: v1",
		`module.yaml:4:10: "v1" is not a version. Write all three numbers, as 1.0.0 (SemVer 2).`, true,
	},
	{
		"unknown category", "module.yaml", "category: content", "category: contents",
		`module.yaml:5:11: "contents" is not a category. Did you mean "content"?`, true,
	},
	{
		"category of no kin", "module.yaml", "category: content", "category: zoo",
		`module.yaml:5:11: "zoo" is not a category. Write ` + strings.Join(manifest.Categories()[:len(manifest.Categories())-1], ", ") + ` or other.`, true,
	},
	{
		"number for a category", "module.yaml", "category: content", "category: 42",
		`module.yaml:5:11: "42" is not a category. Write ` + strings.Join(manifest.Categories()[:len(manifest.Categories())-1], ", ") + ` or other.`, true,
	},
	{
		"missing name", "module.yaml", "name: Guestbook\n", "",
		`module.yaml:1:1: module.yaml needs "name"`, true,
	},
	{
		"misspelt required key", "module.yaml", "name: Guestbook", "nane: Guestbook",
		`module.yaml:3:1: module.yaml has no "nane". Did you mean "name"?`, true,
	},
	{
		"unique setting", "module.yaml", "{type: text, default: Hello}", "{type: text, unique: true}",
		`module.yaml:9:26: a text field has no "unique"`, true,
	},
	{
		"menu of a missing collection", "module.yaml", "settings:", "menu: [entrys]\nsettings:",
		`module.yaml:8:8: there is no collection "entrys". Did you mean "entry"?`, false,
	},
	{
		"unknown file", "collections/notes.txt", "", "x",
		`collections/notes.txt:1:1: this is not the name of a file here. Write collections/<name>.yaml, blocks/<name>.yaml and blocks/<name>.html. Names are lower case letters, digits and _, begin with a letter and have at most 41 characters.`, false,
	},
	{
		"file for people in another case", "readme.md", "", "x",
		`readme.md:1:1: this file is not part of the format. Did you mean "README.md"?`, false,
	},
	{
		"range left open", "blocks/wall.html", "{{ end }}", "",
		`blocks/wall.html:1:1: the "range" of line 1 is not closed. Write {{ end }} where it ends.`, false,
	},
	{
		"folder of the format", "ui/widget.html", "", "x",
		`ui/widget.html:1:1: "ui/" is part of the format but this version of the platform does not run it yet`, false,
	},
	{
		"reserved collection", "collections/me.yaml", "", "fields: {title: text}\n",
		`collections/me.yaml:1:1: "me" is reserved (the platform has an address of that name). Choose another name.`, false,
	},
	{
		"half a block", "blocks/other.html", "", "x",
		`blocks/other.html:1:1: a block is two files, and blocks/other.yaml is missing`, false,
	},
	{
		"form of a missing action", "blocks/wall.html", "{{ range", "{{ form \"entry.sing\" }}{{ range",
		`blocks/wall.html:1:9: there is no action "entry.sing". Did you mean "entry.sign"?`, false,
	},
	{
		"limit of a missing property", "blocks/wall.yaml", "=properties.limit", "=properties.limits",
		`blocks/wall.yaml:2:55: the block has no property "limits". Did you mean "limit"?`, false,
	},
	{
		"query of a missing collection", "blocks/wall.yaml", "from: entry", "from: entrie",
		`blocks/wall.yaml:2:27: there is no collection "entrie". Did you mean "entry"?`, false,
	},
	{
		"query of what visitors may not read", "blocks/wall.yaml", "from: entry, sort: [name]", "from: topic",
		`blocks/wall.yaml:2:27: query entries runs as the visitor, who may not read topic. Grant the role visitor "topic.read:<reach>" in module.yaml.`, false,
	},
	{
		"misspelt kind of key", entryFile, "hidden_on: date", "hidden_on: {type: date, requird: true}",
		`collections/entry.yaml:8:27: a date field has no "requird". Did you mean "required"?`, true,
	},
	{
		"comma in a default", entryFile, "rank: {type: integer,", "rank: {type: integer, default: =max(1, 2),",
		`collections/entry.yaml:7:34: "default": the bracket is not closed. Inside { } a comma ends a value: put the expression in quotes.`, false,
	},
	{
		"assignment for a comparison", entryFile, "views:\n", "timers: {late: {at: hidden_on, when: rank = 1, emits: late}}\nviews:\n",
		`collections/entry.yaml:13:43: "when" of timer late: unexpected "=". Compare with "==".`, false,
	},
	{
		"money and percent", entryFile, "hidden_on: date", "sum: {type: money, computed: price + 16%}",
		`collections/entry.yaml:8:38: "computed" of sum: money is added only to money; this is a percent`, false,
	},
	{
		"option of another name", entryFile, "hidden_on: date", "kind: {type: choice, options: [open, won]}\nchecks: [{rule: kind != \"opened\"}]",
		`collections/entry.yaml:9:25: "rule": "opened" is not an option of "kind". Did you mean "open"?`, false,
	},
	{
		"state of another name", entryFile, "unique: [[name, topic]]\nactions:\n", "  status: {type: state, options: [waiting, shown]}\nactions:\n  show: {from: waiting, to: show}\n",
		`collections/entry.yaml:11:29: "show" is not a state of entry.status. Did you mean "shown"?`, false,
	},
	{
		"state that is never reached", entryFile, "unique: [[name, topic]]\nactions:\n", "  status: {type: state, options: [waiting, shown]}\nactions:\n  wait: {to: waiting}\n",
		`collections/entry.yaml:9:44: no action leads to state "shown" of entry.status. Add an action with "to: shown", or remove the state.`, false,
	},
	{
		"state that is set", entryFile, "unique: [[name, topic]]\nactions:\n", "  status: {type: state, options: [waiting, shown]}\nactions:\n  show: {to: shown}\n  reopen: {set: {status: waiting}}\n",
		`collections/entry.yaml:12:18: action reopen sets "status", which is a state. Use "to".`, false,
	},
	{
		"yes for an option", entryFile, "hidden_on: date", "sure: {type: choice, options: [yes, never]}",
		`collections/entry.yaml:8:34: YAML reads yes as true or false. Write "yes" in quotes.`, false,
	},
	{
		"reference to another module", entryFile, "to: topic", "to: commerce.product",
		`collections/entry.yaml:6:32: there is no collection "commerce.product". To refer to another module, name its contract under "uses" in module.yaml.`, false,
	},
	{
		"value that depends on itself", entryFile, "hidden_on: date", "a: {type: integer, computed: b + 1}\n  b: {type: integer, computed: a + 1}",
		`collections/entry.yaml:8:3: the value of a depends on itself: a reads b reads a`, false,
	},
	{
		"computed and default", entryFile, "min: 1, max: 10", "default: 1, computed: price.amount",
		`collections/entry.yaml:7:47: rank has both "default" and "computed". Keep one of them.`, false,
	},
	{
		"computed and required", entryFile, "min: 1, max: 10", "required: true, computed: price.amount",
		`collections/entry.yaml:7:35: rank is computed, so that "required" says nothing about it`, false,
	},
	{
		"encrypted and searched", entryFile, "hidden_on: date", "pin: {type: text, secret: true, search: true}",
		`collections/entry.yaml:8:43: pin is encrypted, which leaves no room for "search"`, false,
	},
	{
		"encrypted in a condition", entryFile, "hidden_on: date", "pin: {type: text, secret: true}\nchecks: [{rule: pin == \"1\"}]",
		`collections/entry.yaml:9:17: "rule": "pin" is encrypted, and no expression reads it`, false,
	},
	{
		"field that begins expressions", entryFile, "hidden_on: date", "setting: date",
		`collections/entry.yaml:8:3: "setting" is reserved (expressions begin with it). Choose another name.`, false,
	},
	{
		"guard of another name", entryFile, "hidden_on: date", "hidden_on: {type: date, guard: pay}\nguards: {pays: See pay}",
		`collections/entry.yaml:8:34: "pay" is not declared under "guards" of entry. Did you mean "pays"?`, false,
	},
	{
		"open and not worked out", entryFile, "hidden_on: date", "hidden_on: {type: date, guard: none}",
		`collections/entry.yaml:8:34: nothing guards hidden_on: only what an expression works out has the guards of what it reads. Leave "guard" out.`, false,
	},
	{
		"guard that means none", entryFile, "hidden_on: date", "hidden_on: date\nguards: {none: See all}",
		`collections/entry.yaml:9:10: "guard: none" says of a field that no guard opens it. Choose another name.`, false,
	},
	{
		"range of two kinds", entryFile, "hidden_on: date", "hidden_on: date\n  at: datetime\nexclude: [{fields: [topic], range: [hidden_on, at]}]",
		`collections/entry.yaml:10:48: a range has two ends of one kind: "hidden_on" is a date field, "at" a datetime field`, false,
	},
	{
		"placeholder of another name", entryFile, "hidden_on: date", "hidden_on: date\n  seen_on: date\nexclude: [{fields: [topic], range: [hidden_on, seen_on], message: \"{topik} is taken.\"}]",
		`collections/entry.yaml:10:67: entry has no field "topik". Did you mean "topic"?`, false,
	},
	{
		"condition of an index on another record", entryFile, "unique: [[name, topic]]", "unique: [{fields: [name], when: topic.title == \"x\"}]",
		`collections/entry.yaml:9:33: "when" of a unique rule: the index holds what the record itself stores, and "topic.title" is not of it`, false,
	},
	{
		"numbers that begin again without saying so", entryFile, "hidden_on: date", "number: {type: sequence, format: \"N{####}\", reset: yearly}",
		`collections/entry.yaml:8:54: numbers that begin again yearly are given twice without {yyyy} or {yy}. Add it to "format".`, false,
	},
	{
		"gapless at creation", entryFile, "hidden_on: date", "number: {type: sequence, format: \"N{####}\", gapless: true}",
		`collections/entry.yaml:8:56: a number without gaps is drawn by an action that moves a state, last of all. Name that action in "draw".`, false,
	},
	{
		"append-only and deleted", entryFile, "title: name\n", "title: name\nappend_only: true\ndelete: hard\n",
		`collections/entry.yaml:3:9: records of an append-only collection are not deleted. Leave "delete" out.`, false,
	},
	{
		"timer that runs an action of another name", entryFile, "views:\n", "timers: {late: {at: hidden_on, run: sing}}\nviews:\n",
		`collections/entry.yaml:13:37: entry has no action "sing". Did you mean "sign"?`, false,
	},
	{
		"timer at no instant", entryFile, "views:\n", "timers: {late: {at: rank, emits: late}}\nviews:\n",
		`collections/entry.yaml:13:21: "at" of timer late: this is a whole number, and an instant or a date is needed`, false,
	},
	{
		"built-in event", entryFile, "limit: 5/hour", "emits: created",
		`collections/entry.yaml:11:69: "created" is a built-in event of every collection. Leave "emits" out: it comes by itself.`, false,
	},
	{
		"action that does nothing", entryFile, "actions:\n", "actions:\n  idle: {label: Idle}\n",
		`collections/entry.yaml:11:3: action idle does nothing. Give it "to", "set", parameters that are fields, or "emits".`, false,
	},
	{
		"parameter without a kind", entryFile, "limit: 5/hour", "emits: x}\n  note: {params: {reason: {}}",
		`collections/entry.yaml:12:19: action note has the parameter "reason", but entry has no such field. Say of what kind it is: {type: text}.`, false,
	},
	{
		"path through no reference", entryFile, "columns: [name, price]", "columns: [name, topic.titel]",
		`collections/entry.yaml:14:26: topic has no field "titel". Did you mean "title"?`, false,
	},
	{
		"sum of texts", entryFile, "columns: [name, price]", "columns: [name, price], totals: [name]",
		`collections/entry.yaml:14:43: "name" is a text field, which has no sum`, false,
	},
	{
		"code of an uploaded module", entryFile, "title: name\n", "title: name\nhooks: [before_save]\n",
		`collections/entry.yaml:2:1: "hooks", which binds code of an uploaded module, is part of the format but this version of the platform does not run it yet. Only modules that are linked into the server bind code.`, false,
	},
	{
		"answer without code", entryFile, "limit: 5/hour", "returns: {id: text}",
		`collections/entry.yaml:11:71: action sign has "returns", which only code answers. Add "code: true".`, false,
	},
	{
		"grant on a record without a reach", "module.yaml", "entry.sign", "entry.export",
		`module.yaml:7:28: visitors cannot be granted "entry.export": they may read within a reach and run actions`, false,
	},
	{
		"removed and still there", "module.yaml", "settings:", "removed: [entry.rank]\nsettings:",
		`module.yaml:8:11: "entry.rank" is removed and still there`, false,
	},
	{
		"default that is no option", entryFile, "hidden_on: date", "kind: {type: choice, options: [small, large], default: smal}",
		`collections/entry.yaml:8:58: "default" of kind is "smal", which is not one of its options. Did you mean "small"?`, false,
	},
	{
		"duration in months", entryFile, "hidden_on: date", "keep: {type: duration, default: 24mo}",
		`collections/entry.yaml:8:35: "24mo" is not a duration. Write it like 90m, 24h or 30d; the units are s, m, h, d and w.`, true,
	},
	{
		"percent without its sign", entryFile, "hidden_on: date", "rate: {type: percent, default: 16}",
		`collections/entry.yaml:8:34: "16" is not a percentage. Write it like 16%, with four decimals at most.`, true,
	},
	{
		"column of every line", entryFile, "hidden_on: date", "rows: {type: lines, fields: {record_id: text}}",
		`collections/entry.yaml:8:32: "record_id" is reserved (every line has "record_id"). Choose another name.`, false,
	},
	{
		"column of every line by a reference", entryFile, "hidden_on: date", "rows: {type: lines, fields: {record: {type: reference, to: topic}}}",
		`collections/entry.yaml:8:32: "record" is reserved (every line has "record_id"). Choose another name.`, false,
	},
	{
		"column of another field of the line", entryFile, "hidden_on: date", "rows: {type: lines, fields: {price: money, price_amount: text}}",
		`collections/entry.yaml:8:46: "price_amount" collides with a column of field "price". Choose another name.`, false,
	},
	{
		"choice without options", entryFile, "hidden_on: date", "kind: choice",
		`collections/entry.yaml:8:9: a choice field needs "options". Write {type: choice, options: …}.`, true,
	},
	{
		"conversion with an error", entryFile, "min: 1, max: 10", "convert: old.rank + )",
		`collections/entry.yaml:7:45: "convert" of rank: unexpected ")"`, false,
	},
	{
		"many of a kind that has one value yet", entryFile, "hidden_on: date", "hidden_on: {type: date, many: true}",
		`collections/entry.yaml:8:27: "many" is part of the format but this version of the platform does not run it yet`, true,
	},
	{
		"seed of a missing field", "seed/topic.yaml", "", "one: {titel: x}\n",
		`seed/topic.yaml:1:7: topic has no field "titel". Did you mean "title"?`, false,
	},
	{
		"seed of a missing collection", "demo/topics.yaml", "", "one: {title: x}\n",
		`demo/topics.yaml:1:1: there is no collection "topics". Did you mean "topic"?`, false,
	},
	{
		"seed that refers to none", "seed/entry.yaml", "", "one: {name: A, message: B, topic: none}\n",
		`seed/entry.yaml:1:35: there is no seed "none" of topic`, false,
	},
	{
		"translation of nothing", "locales/de.yaml", "", "collections: {entri: {label: Eintrag}}\n",
		`locales/de.yaml:1:23: the manifest has no text "collections.entri.label". Did you mean "collections.entry.label"?`, false,
	},
}

func TestAGuardIsNotGrantedWithinAReach(t *testing.T) {
	t.Parallel()
	files := folder(t, "module.yaml", "entry.sign,", `entry.sign, "topic.fees:titled",`)
	files["collections/topic.yaml"].Data = []byte("fields: {title: text}\nguards: {fees: See fees}\naccess: {titled: {when: title == \"x\"}}\n")
	_, err := manifest.Read(files)
	const want = `module.yaml:7:40: "topic.fees" opens a field on every record, so that it cannot be granted within a reach. Grant topic.fees without a reach, or put the field into a collection of its own.`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestEachMistakeGivesOneMessage(t *testing.T) {
	t.Parallel()
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Read(folder(t, c.file, c.was, c.is))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			var problems manifest.Problems
			if err != nil && !errors.As(err, &problems) {
				t.Errorf("the error is %T, not Problems", err)
			}
		})
	}
}
