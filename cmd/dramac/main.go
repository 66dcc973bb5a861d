// Command dramac is the server: it serves, loads the demo and looks for faults.
package main

import (
	"os"

	"github.com/dramac-main/dramac-cms/internal/app"
)

func main() { os.Exit(app.Main(os.Args[1:])) }
