package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

const (
	// MaxManifestBytes bounds the text of a manifest.
	MaxManifestBytes = 64 << 20
	maxDocuments     = 50_000
	// maxFaults is how many faults of a manifest are told, maxFaultBytes how much of each.
	maxFaults     = 20
	maxFaultBytes = 500
)

// Manifest is a set of documents by their ids, parsed and valid for the schema. It never changes.
type Manifest struct {
	documents map[string]*trustedDocument
	// names are those of all operations in the documents.
	names map[string]struct{}
}

// trustedDocument is shared by all who run it, as a cached one is.
type trustedDocument struct {
	text   string
	parsed *ast.QueryDocument
}

// Len is how many documents the manifest has. One that it holds twice counts once.
func (m *Manifest) Len() int { return len(m.documents) }

// ParseManifest reads a manifest as Apollo's generate-persisted-query-manifest writes it, or an object of texts by their ids,
// as GraphQL Code Generator and Relay's compiler write. The same document may stand there twice; another one under the same
// id is a fault, as are an empty id or text, a name or type that the text does not have, whatever the schema does not
// allow, and a manifest without documents. The error tells all faults on one line, of very many the first 20 and how
// many more there are.
func ParseManifest(data []byte) (*Manifest, error) {
	entries, err := manifestEntries(data)
	if err != nil {
		return nil, err
	}
	m := &Manifest{documents: make(map[string]*trustedDocument, len(entries)), names: make(map[string]struct{}, len(entries))}
	var found faults
	for _, e := range entries {
		m.add(e, &found)
	}
	if found.count == 0 && len(m.documents) == 0 {
		found.add("it holds no operations")
	}
	if found.count > 0 {
		return nil, found.asError()
	}
	return m, nil
}

// entry is what a manifest says of one document. Name and Type are null where it says nothing of them.
type entry struct {
	ID   string  `json:"id"`
	Name *string `json:"name"`
	Type *string `json:"type"`
	Body string  `json:"body"`
	// fault is why the entry could not be read.
	fault error
	// place counts the entries from 1.
	place int
}

// manifestEntries reads either format. It is Apollo's where it has one of that format's members: ids are hashes.
func manifestEntries(data []byte) ([]entry, error) {
	all, err := members(data)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(m member) bool { return m.name == "format" || m.name == "operations" }) {
		return apolloEntries(all)
	}
	if len(all) > maxDocuments {
		return nil, tooManyDocuments(len(all))
	}
	entries := make([]entry, len(all))
	for i, m := range all {
		entries[i] = entry{ID: m.name, place: i + 1}
		if err := json.Unmarshal(m.value, &entries[i].Body); err != nil {
			entries[i].fault = errors.New("its text must be a string")
		}
	}
	return entries, nil
}

func apolloEntries(all []member) ([]entry, error) {
	var format string
	var version json.Number
	var operations []json.RawMessage
	for _, m := range all {
		var err error
		switch m.name {
		case "format":
			err = json.Unmarshal(m.value, &format)
		case "version":
			err = json.Unmarshal(m.value, &version)
		case "operations":
			var more []json.RawMessage
			err = json.Unmarshal(m.value, &more)
			operations = append(operations, more...)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is of the wrong type", m.name)
		}
	}
	if format != "apollo-persisted-query-manifest" || version != "1" {
		return nil, fmt.Errorf("its format is %s in version %s, and known is apollo-persisted-query-manifest in version 1",
			quoted(format), quoted(version.String()))
	}
	if len(operations) > maxDocuments {
		return nil, tooManyDocuments(len(operations))
	}
	entries := make([]entry, len(operations))
	for i, operation := range operations {
		err := json.Unmarshal(operation, &entries[i])
		entries[i].place = i + 1
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
			entries[i].fault = fmt.Errorf("%q must be a string", wrong.Field)
		} else if err != nil {
			entries[i].fault = errors.New("it must be an object")
		}
	}
	return entries, nil
}

func tooManyDocuments(count int) error {
	return fmt.Errorf("it holds %d operations, more than %d", count, maxDocuments)
}

// member is a member of a JSON object, which may have several of a name.
type member struct {
	name  string
	value json.RawMessage
}

// members reads exactly one JSON object.
func members(data []byte) ([]member, error) {
	if len(data) > MaxManifestBytes {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxManifestBytes)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("there is text in it that is not UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			return nil, fmt.Errorf("it is no JSON: %w at byte %d", err, syntax.Offset)
		}
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(whole))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("it must be one JSON object")
	}
	var all []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.(string)} // as the name of a member always is
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// add parses and checks a document, and keeps it where there is nothing to find fault with.
func (m *Manifest) add(e entry, found *faults) {
	id := documentID(e.ID)
	switch {
	case e.fault != nil:
		found.of(e, e.fault.Error())
		return
	case id == "":
		found.of(e, "it has no id")
		return
	case strings.TrimSpace(e.Body) == "":
		found.of(e, "it has no text")
		return
	}
	document, twice := m.documents[id]
	if twice && document.text != e.Body {
		found.of(e, "there is another text with this id")
		return
	}
	if !twice {
		parsed, errs := parseTrusted(e.Body)
		if e.Name == nil && parsed != nil && len(parsed.Operations) > 0 {
			e.Name = &parsed.Operations[0].Name
		}
		for _, err := range errs {
			found.of(e, describe(err))
		}
		if errs != nil {
			return
		}
		document = &trustedDocument{e.Body, parsed}
	}
	if !e.describes(document.parsed) {
		found.of(e, "its name or type is not that of its text")
		return
	}
	m.documents[id] = document
	for _, operation := range document.parsed.Operations {
		m.names[operation.Name] = struct{}{}
	}
}

// describes reports whether one of the document's operations has the name and type that the entry says.
func (e entry) describes(document *ast.QueryDocument) bool {
	for _, operation := range document.Operations {
		if (e.Name == nil || *e.Name == operation.Name) && (e.Type == nil || *e.Type == string(operation.Operation)) {
			return true
		}
	}
	return false
}

// documentID is the id that both spellings of a hash mean.
func documentID(text string) string { return strings.TrimPrefix(text, "sha256:") }

// parseTrusted parses and validates as the executor does with what clients send, but for its bounds. The operator is given
// suggestions even where clients get none.
func parseTrusted(text string) (*ast.QueryDocument, gqlerror.List) {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	if len(document.Operations) == 0 {
		return nil, gqlerror.List{{Message: "there is no operation in its text"}}
	}
	return document, validator.ValidateWithRules(parsedSchema, document, rulesOf(true)())
}

// describe is an error of a document with its place there.
func describe(err *gqlerror.Error) string {
	text := strings.TrimSuffix(err.Message, ".")
	if len(err.Locations) > 0 {
		text = fmt.Sprintf("%s (line %d, column %d)", text, err.Locations[0].Line, err.Locations[0].Column)
	}
	return text
}

// faults are what is wrong with a manifest. All are counted, and the first of them told.
type faults struct {
	told  []string
	count int
}

func (f *faults) add(text string) {
	if f.count++; f.count <= maxFaults {
		f.told = append(f.told, shortened(strings.Join(strings.Fields(text), " "), maxFaultBytes))
	}
}

// of adds what is wrong with an entry.
func (f *faults) of(e entry, fault string) {
	if f.count >= maxFaults {
		f.count++
		return
	}
	name := fmt.Sprintf("operation %d", e.place)
	if e.Name != nil && *e.Name != "" {
		name = "operation " + quoted(*e.Name)
	}
	if e.ID != "" {
		name += " with the id " + quoted(e.ID)
	}
	f.add(name + ": " + fault)
}

func (f *faults) asError() error {
	text := strings.Join(f.told, "; ")
	if more := f.count - len(f.told); more > 0 {
		text += fmt.Sprintf("; and %d more faults", more)
	}
	return errors.New(text)
}

// quoted is a name from a manifest as it is told, not much longer than a hash.
func quoted(name string) string { return fmt.Sprintf("%q", shortened(name, 80)) }

// shortened cuts a text to so many bytes and three dots, without leaving half of a character.
func shortened(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
