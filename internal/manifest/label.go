package manifest

import "strings"

// labelOf makes a label of a name: "serial_number" becomes "Serial number".
func labelOf(name string) string {
	if name == "" {
		return ""
	}
	label := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(label[:1]) + label[1:]
}

// pluralOf makes the English plural of a label. Authors of other languages and
// of irregular nouns write it themselves.
func pluralOf(label string) string {
	if label == "" {
		return ""
	}
	low := strings.ToLower(label)
	switch {
	case strings.HasSuffix(low, "y") && len(low) > 1 && !strings.ContainsRune("aeiou", rune(low[len(low)-2])):
		return label[:len(label)-1] + "ies"
	case strings.HasSuffix(low, "s"), strings.HasSuffix(low, "x"), strings.HasSuffix(low, "z"),
		strings.HasSuffix(low, "ch"), strings.HasSuffix(low, "sh"):
		return label + "es"
	}
	return label + "s"
}
