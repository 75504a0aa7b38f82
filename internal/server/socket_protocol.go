package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// request is what a client's message asks for.
type request int

const (
	asksGreeting request = iota // to be let in
	asksStart                   // to run an operation
	asksStop                    // to end it
	asksAnswer                  // whether anybody is there
	asksNothing                 // an answer to the same
	asksEnd                     // to be let go
)

// protocol is how a subprotocol spells what both say. Of what the server says, connection_ack, error and
// complete are the same in both.
type protocol struct {
	name     string
	requests map[string]request
	// next carries a response.
	next string
	// refusal tells why a greeting is refused, heartbeat that the server lives; empty where the protocol
	// leaves that to the close and ping frames of WebSocket.
	refusal, heartbeat string
	// oneError has an error message carry the first error of an operation, not the list of them.
	oneError bool
}

// protocols are the subprotocols, best first.
var protocols = []*protocol{
	{
		name: "graphql-transport-ws",
		requests: map[string]request{
			"connection_init": asksGreeting, "subscribe": asksStart, "complete": asksStop, "ping": asksAnswer, "pong": asksNothing,
		},
		next: "next",
	},
	{
		name: "graphql-ws", // Apollo's subscriptions-transport-ws
		requests: map[string]request{
			"connection_init": asksGreeting, "start": asksStart, "stop": asksStop, "connection_terminate": asksEnd,
		},
		next: "data", refusal: "connection_error", heartbeat: "ka", oneError: true,
	},
}

// protocolNamed is nil for a name that is none's.
func protocolNamed(name string) *protocol {
	for _, p := range protocols {
		if strings.EqualFold(p.name, name) {
			return p
		}
	}
	return nil
}

// message is what a client sends.
type message struct {
	ID      *string         `json:"id"`
	Type    *string         `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// parseMessage reads a message and what it asks for. The fault says what is wrong, empty where nothing is.
func (p *protocol) parseMessage(data []byte) (m message, asks request, fault string) {
	if no := decode(data, &m, "the message"); no != nil {
		return m, 0, no.message
	}
	if m.Type == nil {
		return m, 0, `"type" must be a string.`
	}
	asks, known := p.requests[*m.Type]
	switch {
	case !known:
		return m, 0, fmt.Sprintf("%q is no message of %s that a client may send.", cut(*m.Type, 40), p.name)
	case (asks == asksStart || asks == asksStop) && !isOperationID(m.ID):
		return m, 0, fmt.Sprintf(`"id" must be a string of 1 to %d characters.`, maxOperationID)
	case asks != asksStart && !isObjectOrAbsent(m.Payload):
		return m, 0, `"payload" must be an object.`
	}
	return m, asks, ""
}

// maxOperationID bounds the id that each message about an operation repeats.
const maxOperationID = 128

func isOperationID(id *string) bool {
	return id != nil && *id != "" && utf8.RuneCountInString(*id) <= maxOperationID
}

func isObjectOrAbsent(payload json.RawMessage) bool {
	return len(payload) == 0 || payload[0] == '{' || string(payload) == "null"
}

// parseOperation reads the parameters of an operation, as strictly as the body of a POST.
func parseOperation(payload json.RawMessage) (params *graphql.RawParams, fault string) {
	if len(payload) == 0 || payload[0] != '{' {
		return nil, `"payload" must be an object.`
	}
	params, no := parseBody(payload)
	if no != nil {
		return nil, no.message
	}
	return params, ""
}

// authorizations are the values of "authorization" in a greeting's payload, in whatever case that is
// written. What is null or empty says nothing.
func authorizations(payload json.RawMessage) (said []string, fault string) {
	var members map[string]json.RawMessage
	if len(payload) > 0 {
		if no := decode(payload, &members, "the payload"); no != nil {
			return nil, no.message
		}
	}
	for name, value := range members {
		if !strings.EqualFold(name, "authorization") {
			continue
		}
		var text *string
		if json.Unmarshal(value, &text) != nil {
			return nil, fmt.Sprintf("%q must be a string.", name)
		}
		if text != nil && *text != "" && !slices.Contains(said, *text) {
			said = append(said, *text)
		}
	}
	return said, ""
}

// appendMessage appends a message of the server's. The id is JSON already, and absent where it is nil; payload
// appends the member of that name, if there is to be one.
func appendMessage(buf *bytes.Buffer, kind string, id []byte, payload func(*bytes.Buffer) error) error {
	buf.WriteString(`{"type":"`)
	buf.WriteString(kind)
	buf.WriteByte('"')
	if id != nil {
		buf.WriteString(`,"id":`)
		buf.Write(id)
	}
	if payload != nil {
		if err := payload(buf); err != nil {
			return err
		}
	}
	buf.WriteByte('}')
	return nil
}

// errors is the payload of an error message.
func (p *protocol) errors(errs gqlerror.List) any {
	if p.oneError && len(errs) > 0 {
		return errs[0]
	}
	return errs
}

// refused is a refusal in the shape of a response.
func refused(no *refusal) *graphql.Response {
	extensions := map[string]any{"code": no.code}
	if no.requestID != "" {
		extensions["requestId"] = no.requestID
	}
	return &graphql.Response{Errors: gqlerror.List{{Message: no.message, Extensions: extensions}}}
}

// cut shortens a text to so many bytes, without leaving half of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
