package database

import "embed"

// Migrations holds one folder a dialect. A migration that has been released is never changed.
//
//go:embed migrations
var Migrations embed.FS
