package server

import (
	"bytes"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// withoutPlaceholders takes the nulls out of a response that the executor leaves in the place of what comes later:
// a client would take them for values. They can be told from values where the type allows no null, and do no harm
// where it does.
func withoutPlaceholders(operation *graphql.OperationContext, response *graphql.Response) error {
	selections, of := operation.Operation.SelectionSet, ast.NamedType("Query", nil)
	for _, step := range response.Path {
		name, ok := step.(ast.PathName)
		if !ok {
			continue // an index: the list's type was passed by
		}
		field := fieldOf(operation, selections, of, string(name))
		if field == nil {
			return nil
		}
		selections, of = field.Selections, field.Definition.Type
	}
	var buf bytes.Buffer
	if err := copyWithout(&buf, operation, selections, of, response.Data); err != nil {
		return err
	}
	response.Data = buf.Bytes()
	return nil
}

// fieldOf finds a field of an object by the name that the answer has for it.
func fieldOf(operation *graphql.OperationContext, selections ast.SelectionSet, of *ast.Type, name string) *graphql.CollectedField {
	fields := graphql.CollectFields(operation, selections, []string{of.Name()})
	for i := range fields {
		if fields[i].Alias == name {
			return &fields[i]
		}
	}
	return nil
}

var null = []byte("null")

// copyWithout copies a value of a type, without the placeholders in it.
func copyWithout(buf *bytes.Buffer, operation *graphql.OperationContext, selections ast.SelectionSet, of *ast.Type, value []byte) error {
	if len(selections) == 0 || !bytes.Contains(value, null) || value[0] != '{' && value[0] != '[' {
		buf.Write(value)
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	buf.WriteByte(value[0])
	for first := true; decoder.More(); {
		name := ""
		inner, within := selections, of
		if value[0] == '{' {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			name, inner, within = key.(string), nil, ast.NamedType("", nil)
			if field := fieldOf(operation, selections, of, name); field != nil {
				inner, within = field.Selections, field.Definition.Type
			}
		}
		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil {
			return err
		}
		if name != "" && within.NonNull && bytes.Equal(member, null) {
			continue
		}
		if !first {
			buf.WriteByte(',')
		}
		first = false
		if name != "" {
			buf.WriteString(`"` + name + `":`)
		}
		if err := copyWithout(buf, operation, inner, within, member); err != nil {
			return err
		}
	}
	buf.WriteByte(value[0] + 2) // as ASCII has the closing brackets
	return nil
}
