// Command generate writes what is made from schema/: gqlgen's code as gqlgen.yml has it, and graph/plain_generated.go
// beside it. It runs in the repository's top folder, as `make generate` does.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	settings, err := config.LoadConfig("gqlgen.yml")
	if err == nil {
		err = api.Generate(settings, api.AddPlugin(plainLists{"graph/plain_generated.go"}))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate: "+err.Error())
		os.Exit(1)
	}
}
