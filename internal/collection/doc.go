// Package collection turns a manifest's collections into what stores and
// answers them: tables with row security, statements, checked values and the
// OpenAPI document. It knows no HTTP and no HTML.
//
// Compile does the thinking once. Records then reads and writes one site's
// records through a pg.Scope, each call in one round trip, with JSON that
// PostgreSQL makes and nobody decodes on the way. Every statement names the
// site besides the row policy, and deleted records do not exist for it.
package collection
