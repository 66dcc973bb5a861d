// Package mail writes messages to people and sends them. A message is a row of
// platform.mail, written in the transaction of what it tells of and complete
// from then on: subject, text, HTML and the agency's name are made at once. A
// loop sends what is due by SMTP, again when the server is out of reach, and
// never again once a server has refused it. Without a server nothing leaves the
// machine, and the outbox shows what would have.
package mail
