// Package config reads what the program is asked to do: a command, from the command line, and
// its settings, from the environment. All faults of the settings are told at once.
package config

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is one of *Serve, *Migrate, *Seed and *Token.
type Command interface {
	// settle fills in the defaults that hang on other settings, and tells what is wrong with
	// the settings taken together.
	settle(Rules) (faults []string)
}

// Rules are what other rooms know about settings that they are given.
type Rules struct {
	// MaxComplexity is the default of MAX_COMPLEXITY while MAX_BATCH_SIZE is at most its own.
	MaxComplexity int
	// RateLimit is the default of RATE_LIMIT.
	RateLimit int
	// CheckOrigins tells what is wrong with CORS_ORIGINS.
	CheckOrigins func(origins []string) error
}

// Parse reads the command line, and through getenv the settings of the command that it names.
// A variable that is empty, or nothing but spaces, is one that is not set; spaces around a value
// do not count, but for JWT_SECRET, which is taken byte for byte. A setting can be given as a flag
// too, which then counts for more than its variable.
//
// An error is one line that names every setting at fault, and never carries a secret. Where help
// is asked for it goes to stdout, and the command is nil.
func Parse(args []string, getenv func(string) string, stdout io.Writer, rules Rules) (Command, error) {
	var grammar struct {
		Serve   Serve   `cmd:"" default:"withargs" help:"Run the server. This is what happens without a command. Without DATABASE_URL it is a demo, with data and tokens of its own."`
		Migrate Migrate `cmd:"" help:"Bring the schema of the database up to date."`
		Seed    Seed    `cmd:"" help:"Fill the database with plausible data, the same for the same arguments. Said twice, it adds nothing."`
		Token   Token   `cmd:"" help:"Print a token that is signed with JWT_SECRET."`
	}
	environment := environment{getenv: getenv}
	helped := false
	parser, err := kong.New(&grammar,
		kong.Name("reelgraph"),
		kong.Description("A GraphQL API server for the counters, videos, AI jobs and notifications of a video platform."),
		kong.Writers(stdout, io.Discard),
		kong.Exit(func(int) { helped = true }),
		kong.Help(help),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(describe),
		kong.Groups{settings: "Settings, of which each is an environment variable too:"},
		kong.Vars{"max_complexity": fmt.Sprint(rules.MaxComplexity), "rate_limit": fmt.Sprint(rules.RateLimit)},
		kong.Resolvers(&environment),
		mappers(),
	)
	if err != nil {
		return nil, err
	}
	selected, err := parser.Parse(args)
	if helped {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	command, ok := reflect.TypeAssert[Command](selected.Selected().Target.Addr())
	if !ok {
		return nil, errors.New("no command")
	}
	if faults := slices.Concat(environment.faults, command.settle(rules)); len(faults) > 0 {
		return nil, errors.New(strings.Join(faults, "; "))
	}
	return command, nil
}

// settings is the group of flags that are environment variables too.
const settings = "settings"

// variable is the name of the environment variable that a flag can be set by, empty where it has none.
func variable(flag *kong.Flag) string {
	if flag == nil || flag.Group == nil || flag.Group.Key != settings {
		return ""
	}
	return strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
}

// environment gives kong the values of flags that the command line leaves out. Kong's own way
// reads the process's environment, and stops at the first fault.
type environment struct {
	getenv func(string) string
	faults []string
}

func (*environment) Validate(*kong.Application) error { return nil }

// Resolve tries the variable's value out, so that one that does not fit is a fault among others
// and kong goes on without it.
func (e *environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := variable(flag)
	if name == "" {
		return nil, nil
	}
	text := e.getenv(name)
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	trial := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, trial); err != nil {
		e.faults = append(e.faults, name+" "+err.Error())
		return nil, nil
	}
	return text, nil
}

// help prints kong's page, and where no command was named the server's settings below it.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil || ctx.Selected() != nil {
		return err
	}
	serve, err := kong.Trace(ctx.Kong, []string{"serve"})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(ctx.Stdout); err != nil {
		return err
	}
	return kong.DefaultHelpPrinter(options, serve)
}

// describe adds the name of a setting's variable to its help.
func describe(value *kong.Value) string {
	if name := variable(value.Flag); name != "" {
		return value.Help + " ($" + name + ")"
	}
	return value.Help
}
