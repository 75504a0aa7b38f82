package rest

import _ "embed" // for the description

// OpenAPI describes the routes to programs: an OpenAPI 3.1 document.
//
//go:embed openapi.json
var OpenAPI []byte
