package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/graph"
	"reelgraph/models"
)

// The tables of these tests are made from the schema, so that a field that is added later is held
// to the same rules without anybody's thinking of it.

// schema is the server's.
var schema = graph.NewExecutableSchema(graph.Config{}).Schema()

// rootField is a field that an operation can begin with.
type rootField struct {
	*ast.FieldDefinition
	// kind is the word that such an operation begins with.
	kind string
	// role is what @auth asks for, empty where the field is public.
	role models.Role
}

// rootFields are all of them, in the order of the schema.
func rootFields() []rootField {
	var fields []rootField
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				fields = append(fields, rootField{FieldDefinition: f, kind: strings.ToLower(root.Name), role: models.Role(roleOf(schema, f))})
			}
		}
	}
	return fields
}

// queries are the root fields of queries that have an argument of this name.
func queries(argument string) []rootField {
	return slices.DeleteFunc(rootFields(), func(f rootField) bool {
		return f.kind != "query" || f.Arguments.ForName(argument) == nil
	})
}

// roleOf is the role that @auth on a field asks for, empty where there is no @auth.
func roleOf(schema *ast.Schema, field *ast.FieldDefinition) string {
	auth := field.Directives.ForName("auth")
	if auth == nil {
		return ""
	}
	if role := auth.Arguments.ForName("role"); role != nil {
		return role.Value.Raw
	}
	return schema.Directives["auth"].Arguments.ForName("role").DefaultValue.Raw
}

// roles are all values of the enum Role.
func roles() []models.Role {
	var all []models.Role
	for _, value := range schema.Types["Role"].EnumValues {
		all = append(all, models.Role(value.Name))
	}
	return all
}

// allowed is a caller who may ask for a field: the first user, with the one role that it needs.
func (f rootField) allowed() *models.Caller {
	if f.role == "" {
		return nil
	}
	return user(0, f.role)
}

// call is the field as it stands in an operation: with these arguments, values of its own making for
// others that must be given, and what is selected.
func (f rootField) call(arguments map[string]string, selected string) string {
	var given []string
	for _, argument := range f.Arguments {
		value, ok := arguments[argument.Name]
		if !ok && argument.Type.NonNull && argument.DefaultValue == nil {
			value, ok = literal(argument.Type), true
		}
		if ok {
			given = append(given, argument.Name+": "+value)
		}
	}
	call := f.Name
	if given != nil {
		call += "(" + strings.Join(given, ", ") + ")"
	}
	return call + " " + selected
}

// operation is call as an operation of its own.
func (f rootField) operation(arguments map[string]string, selected string) string {
	return f.kind + " { " + f.call(arguments, selected) + " }"
}

// literal is some value of an argument's type.
func literal(of *ast.Type) string {
	if of.Elem != nil {
		return "[" + literal(of.Elem) + "]"
	}
	switch definition := schema.Types[of.NamedType]; {
	case of.NamedType == "ID":
		return fmt.Sprintf("%q", models.ID{})
	case of.NamedType == "String":
		return `"text"`
	case of.NamedType == "Boolean":
		return "false"
	case of.NamedType == "Time":
		return `"2026-01-31T09:30:00Z"`
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, f := range definition.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+literal(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return "1"
}

// everything selects all that a type has down to a number of objects, one within the other; what
// merely holds a list (connections, edges, page infos) is not counted as an object.
func everything(typeName string, deep int) string {
	definition := schema.Types[typeName]
	if !wrapsList(typeName) {
		deep--
	}
	if definition.IsLeafType() || deep < 0 {
		return ""
	}
	var selected []string
	for _, f := range definition.Fields {
		below := everything(f.Type.Name(), deep)
		if below != "" || schema.Types[f.Type.Name()].IsLeafType() {
			selected = append(selected, strings.TrimSpace(f.Name+" "+below))
		}
	}
	if selected == nil {
		return ""
	}
	return "{ " + strings.Join(selected, " ") + " }"
}

func wrapsList(typeName string) bool {
	return strings.HasSuffix(typeName, "Connection") || strings.HasSuffix(typeName, "Edge") || typeName == "PageInfo"
}
