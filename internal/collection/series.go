package collection

// seriesName is the table of a module's number series. No collection can have
// the name.
const seriesName = "_sequence"

// seriesTable has a row for each series of numbers of a site: of a field, of a
// value of the field it runs on its own for, and of a period. Who draws a
// number locks the row until the end of the transaction, so a rollback gives
// the number back.
func seriesTable() Table {
	return Table{
		Name: seriesName,
		Columns: []Column{
			{"site_id", "uuid"},
			{"id", "uuid"},
			{"collection", "text"},
			{"field", "text"},
			{"per", "text"},
			{"period", "text"},
			{"next", "bigint"},
		},
		Indexes: []Index{{
			Name: seriesName + "_unique", Columns: []string{"site_id", "collection", "field", "per", "period"}, Unique: true,
		}},
		Rights: []string{"INSERT", "SELECT", "UPDATE"}, Policy: policyName,
		rules: map[string]string{
			"site_id": " not null", "id": " not null", "collection": " not null", "field": " not null",
			"per": " not null", "period": " not null", "next": " not null",
		},
	}
}
