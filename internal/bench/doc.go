// Package bench measures what the platform costs beside the least that could
// do the same work, and holds the result against the budgets.
//
// `make bench` starts the server as it is delivered, with the cluster that it
// brings along, and a bare net/http and pgx handler on the same cluster; fills
// both with the same 100,000 records of 100 sites; and asks both the same
// questions in alternating rounds from a third process. What counts is the CPU
// time of the answering process and of PostgreSQL for one request, as a ratio,
// because a ratio of alternating rounds says the same on a slow and on a busy
// machine. The measuring reads /proc, so it needs Linux.
//
// That a warm request takes one round trip to the database is an ordinary test.
package bench
