// Package expr is the one language of conditions. Two notations parse to one
// typed tree: the filters of URLs, which are PostgREST's, and the condition
// expressions of manifests. One compiler makes SQL of the tree, and one
// evaluation in Go gives the same answer for a row in memory.
//
// Nothing that anybody typed reaches the SQL: names are only looked up in a
// resolver, which gives the column, and values become parameters.
//
// Emptiness: "==", "!=" and "in" are always true or false, and an empty value
// equals only an empty value, so `neq.5` keeps rows whose value is empty. An
// order comparison or a pattern with an empty value is unknown; "not", "and"
// and "or" follow SQL's three values, and a condition admits a row only when
// it is true.
package expr
