package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// breaking says what a client written against the contract would trip over on the server. Compared are
// the contract's directives and what can be reached from those of its root types that the server has.
func breaking(contract, server *ast.Schema) []string {
	c := comparison{contract: contract, server: server, seen: map[string]bool{}}
	for _, name := range sortedKeys(contract.Directives) {
		if d := contract.Directives[name]; d.Position != nil && !d.Position.Src.BuiltIn {
			c.directive(d)
		}
	}
	c.definition("Query")
	for root, served := range map[*ast.Definition]*ast.Definition{contract.Mutation: server.Mutation, contract.Subscription: server.Subscription} {
		if root != nil && served != nil {
			c.definition(root.Name)
		}
	}
	slices.Sort(c.differences)
	return c.differences
}

type comparison struct {
	contract, server *ast.Schema
	seen             map[string]bool
	differences      []string
}

func (c *comparison) differs(format string, arguments ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, arguments...))
}

func (c *comparison) definition(name string) {
	want := c.contract.Types[name]
	if want.BuiltIn || c.seen[name] {
		return
	}
	c.seen[name] = true
	got := c.server.Types[name]
	switch {
	case got == nil:
		c.differs("%s is missing", name)
		return
	case got.Kind != want.Kind:
		c.differs("%s is %s, not %s", name, got.Kind, want.Kind)
		return
	}
	c.enumValues(want, got)
	for _, f := range want.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		c.definition(f.Type.Name())
		if g := got.Fields.ForName(f.Name); g != nil {
			c.field(name+"."+f.Name, f, g)
		} else {
			c.differs("%s.%s is missing", name, f.Name)
		}
	}
	if want.Kind == ast.InputObject {
		for _, g := range got.Fields {
			if want.Fields.ForName(g.Name) == nil && g.Type.NonNull && g.DefaultValue == nil {
				c.differs("%s.%s is new and required", name, g.Name)
			}
		}
	}
}

// enumValues takes a new value for breaking, too: clients list the values that they know.
func (c *comparison) enumValues(want, got *ast.Definition) {
	for _, v := range want.EnumValues {
		if got.EnumValues.ForName(v.Name) == nil {
			c.differs("%s.%s is missing", want.Name, v.Name)
		}
	}
	for _, v := range got.EnumValues {
		if want.EnumValues.ForName(v.Name) == nil {
			c.differs("%s.%s is new", want.Name, v.Name)
		}
	}
}

func (c *comparison) field(at string, want, got *ast.FieldDefinition) {
	c.typeAndDefault(at, want.Type, got.Type, want.DefaultValue, got.DefaultValue)
	if w, g := roleOf(c.contract, want), roleOf(c.server, got); w != g {
		c.differs("%s asks for the role %q, not %q", at, g, w)
	}
	c.arguments(at, want.Arguments, got.Arguments)
}

func (c *comparison) directive(want *ast.DirectiveDefinition) {
	at := "@" + want.Name
	got := c.server.Directives[want.Name]
	if got == nil {
		c.differs("%s is missing", at)
		return
	}
	for _, location := range want.Locations {
		if !slices.Contains(got.Locations, location) {
			c.differs("%s cannot stand on %s", at, location)
		}
	}
	c.arguments(at, want.Arguments, got.Arguments)
}

func (c *comparison) arguments(at string, want, got ast.ArgumentDefinitionList) {
	for _, w := range want {
		c.definition(w.Type.Name())
		if g := got.ForName(w.Name); g != nil {
			c.typeAndDefault(at+"("+w.Name+")", w.Type, g.Type, w.DefaultValue, g.DefaultValue)
		} else {
			c.differs("%s(%s) is missing", at, w.Name)
		}
	}
	for _, g := range got {
		if want.ForName(g.Name) == nil && g.Type.NonNull && g.DefaultValue == nil {
			c.differs("%s(%s) is new and required", at, g.Name)
		}
	}
}

func (c *comparison) typeAndDefault(at string, want, got *ast.Type, wantDefault, gotDefault *ast.Value) {
	if want.String() != got.String() {
		c.differs("%s is %s, not %s", at, got, want)
	}
	if w, g := defaultText(wantDefault), defaultText(gotDefault); w != g {
		c.differs("%s is %s where it is not given, not %s", at, g, w)
	}
}

func defaultText(value *ast.Value) string {
	if value == nil {
		return "absent"
	}
	return value.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
