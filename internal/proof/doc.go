// Package proof holds no code: its tests drive the finished programs as people
// do, in a real browser against a server that really runs. They build dramac and
// dramac-cli, start the server on an empty data folder with its own PostgreSQL,
// load the demo while it runs, and stop it when they are done.
//
// The main journey is TestAPackageGoesFromTheAuthorToTheVisitor. The other tests
// look at every kind of screen: accessibility in light and dark, narrow and wide,
// work without a script and without a pointer, and the weight of what is sent.
//
// Pictures of the screens are written by
//
//	go test ./internal/proof -run TestScreenshots -screenshots=DIR
//
// and docs/screenshot.png is DIR/list-1440-light.png.
package proof
