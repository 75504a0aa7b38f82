package main

import (
	_ "embed"
	"go/types"
	"slices"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed plain.gotpl
var plainTemplate string

// plainLists is a plugin of gqlgen. Of each object that is in a list it writes down, to a file, how the values of its plain
// fields are appended as JSON: those that gqlgen reads from the Go value itself and whose scalar it has a way for.
type plainLists struct{ file string }

var _ plugin.CodeGenerator = plainLists{}

// Name is the plugin's.
func (plainLists) Name() string { return "plain lists" }

// plainObject is an object with a Go type, and plainField one of its fields: a Go expression that appends the value
// of v's field to b.
type (
	plainObject struct {
		*codegen.Object
		Plain []plainField
	}
	plainField struct{ Name, Append string }
)

// GenerateCode writes the file.
func (p plainLists) GenerateCode(data *codegen.Data) error {
	var objects []plainObject
	for _, object := range data.Objects {
		if !inList(data, object) {
			continue
		}
		described := plainObject{Object: object}
		for _, field := range object.Fields {
			if expression := appending(field); expression != "" {
				described.Plain = append(described.Plain, plainField{field.Name, expression})
			}
		}
		objects = append(objects, described)
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package, Filename: p.file, Template: plainTemplate, Data: objects,
		GeneratedHeader: true, Packages: data.Config.Packages, PruneOptions: data.Config.GetPruneOptions(),
	})
}

// inList reports whether a field answers a list of pointers to the object's Go struct.
func inList(data *codegen.Data, object *codegen.Object) bool {
	if object.Root || object.Type == nil {
		return false
	}
	if _, isStruct := object.Type.Underlying().(*types.Struct); !isStruct {
		return false
	}
	list := types.NewSlice(types.NewPointer(object.Type))
	return slices.ContainsFunc(data.Objects, func(o *codegen.Object) bool {
		return slices.ContainsFunc(o.Fields, func(f *codegen.Field) bool { return types.Identical(f.TypeReference.GO, list) })
	})
}

// appending is the expression for a field, empty for one that is not plain.
func appending(field *codegen.Field) string {
	if field.IsReserved() || !field.IsVariable() || field.IsResolver || len(field.Args) > 0 || field.HasDirectives() {
		return ""
	}
	by := appender(field.TypeReference)
	switch {
	case by == "":
		return ""
	case field.TypeReference.IsPtr() && field.Type.NonNull:
		return "" // gqlgen must see that it is not null
	case field.TypeReference.IsPtr():
		return "appendOrNull(b, v." + field.GoFieldName + ", " + by + ")"
	}
	return by + "(b, v." + field.GoFieldName + ")"
}

// appenders are the functions of graph/plain.go, by the scalar and the Go type that gqlgen has for it.
var appenders = map[[2]string]string{
	{"ID", "reelgraph/models.ID"}: "appendID",
	{"ID", "string"}:              "appendText",
	{"String", "string"}:          "appendText",
	{"Int", "int"}:                "appendNumber",
	{"Int64", "int64"}:            "appendNumber",
	{"Boolean", "bool"}:           "strconv.AppendBool",
	{"Time", "time.Time"}:         "models.AppendTime",
}

// appender is the function for a type, empty where there is none.
func appender(reference *config.TypeReference) string {
	value := reference.GO
	if reference.IsPtr() {
		value = reference.Elem().GO
	}
	if reference.Definition.Kind == ast.Enum && reference.IsMarshaler {
		return "appendEnum"
	}
	return appenders[[2]string{reference.Definition.Name, value.String()}]
}
