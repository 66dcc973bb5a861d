// Package expr is the one language of conditions and values. Two notations
// parse to one typed tree: the filters of URLs, which are PostgREST's, and the
// expressions of manifests. One compiler makes SQL of the tree, and one
// evaluation in Go gives the same answer for a row in memory.
//
// The way of an expression is Parse (or ParseFilter, ParseLogic), then Check
// against a Schema, which finds every mistake that can be found without data
// and says where it is, and then Compile with a Source or Eval with a Row.
// Names mean nothing to this package: a path like company.owner or
// setting.prefix is resolved step by step by whoever knows the fields.
//
// Nothing that anybody typed reaches the SQL: names are only looked up in a
// Source, which gives the column, and values become parameters.
//
// # Emptiness
//
// "==", "!=" and "in" are always true or false, and an empty value equals only
// an empty value, so `neq.5` keeps rows whose value is empty. An order
// comparison or a pattern with an empty value is unknown; "not", "and" and
// "or" follow SQL's three values. A condition admits a row only when it is
// true; a check is passed unless it is false. Arithmetic with an empty value
// is empty, and so is a division by zero. min and max of several values leave
// empty ones out; coalesce takes the first that is not empty. Over related
// records, sum and count of none are 0, the others empty.
//
// # Numbers
//
// All arithmetic is exact: rationals in Go, numeric in SQL. A division is
// rounded to 16 digits after the point. A result is rounded once, half away
// from zero, when it becomes a value of its kind: money to minor units, a
// percent to millionths, a duration to milliseconds, a decimal to its scale.
// Money of two currencies is never added or ordered: the result is empty,
// and == is false.
//
// # Time
//
// A day as a duration (30d) is 24 hours; months and years are the calendar's,
// and a day that the month lacks becomes its last one. A date moves by whole
// days. day, week, month and year give the first day of the period in which a
// date or an instant lies, instants in the site's zone. now() and today() are
// the moment and the site's date that the caller passes in.
//
// # Text
//
// Text is ordered by bytes. lower() changes A to Z only. ilike and imatch
// ignore case as the database's locale does, which is Unicode's simple folding
// for UTF-8 locales. Full text search is PostgreSQL's alone: Eval refuses it.
package expr
