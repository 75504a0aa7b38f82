package models

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code is a value of errors[].extensions.code, and of "code" in a problem body.
type Code string

// The codes a client may meet.
const (
	CodeUnauthenticated         Code = "UNAUTHENTICATED"
	CodeForbidden               Code = "FORBIDDEN"
	CodeBadUserInput            Code = "BAD_USER_INPUT"
	CodeNotFound                Code = "NOT_FOUND"
	CodeRateLimited             Code = "RATE_LIMITED"
	CodeComplexityLimitExceeded Code = "COMPLEXITY_LIMIT_EXCEEDED"
	CodePayloadTooLarge         Code = "PAYLOAD_TOO_LARGE"
	CodeUnsupportedMediaType    Code = "UNSUPPORTED_MEDIA_TYPE"
	CodePersistedQueryNotFound  Code = "PERSISTED_QUERY_NOT_FOUND"
	CodePersistedQueryRequired  Code = "PERSISTED_QUERY_REQUIRED"
	CodeGraphQLParseFailed      Code = "GRAPHQL_PARSE_FAILED"
	CodeGraphQLValidationFailed Code = "GRAPHQL_VALIDATION_FAILED"
	CodeServiceUnavailable      Code = "SERVICE_UNAVAILABLE"
	CodeInternalServerError     Code = "INTERNAL_SERVER_ERROR"
)

// CodeIn is the code among an error's extensions, written there as a Code or as text; empty where there is none.
func CodeIn(extensions map[string]any) Code {
	switch code := extensions["code"].(type) {
	case string:
		return Code(code)
	case Code:
		return code
	}
	return ""
}

// Error is a failure whose cause is known well enough to tell a client about it. It is made
// where that cause is known; everything else is an internal error.
type Error struct {
	Code Code
	// Message is shown to the client: no SQL, path, stack or other user's data.
	Message string
	// Details join the code in extensions.
	Details map[string]any
	// Cause is for the log alone.
	Cause error
}

// Error is the message, with the cause for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Cause)
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// BadInput is a BAD_USER_INPUT that names the argument at fault in its details.
func BadInput(argument, message string) *Error {
	return &Error{Code: CodeBadUserInput, Message: message, Details: map[string]any{"argument": argument}}
}

// InvalidIDs is a BAD_USER_INPUT that names, as the caller wrote them, ids that cannot stand where they do. Of a longer text
// than any id has, the beginning names it: a request may refer to one list again and again.
func InvalidIDs(message string, ids []string) *Error {
	named := make([]string, len(ids))
	for i, id := range ids {
		named[i] = beginning(id)
	}
	return &Error{Code: CodeBadUserInput, Message: message, Details: map[string]any{"invalidIds": named}}
}

// maxNamedID is how many bytes InvalidIDs takes at most to repeat an id in JSON.
const maxNamedID = 100

// beginning is as much of an id as may be repeated, all of it where that is enough.
func beginning(id string) string {
	length := 0
	for at, r := range id {
		switch {
		case r < ' ', r == utf8.RuneError, strings.ContainsRune("\"\\<>&\u2028\u2029\u007f", r):
			length += len(`\u0000`)
		default:
			length += utf8.RuneLen(r)
		}
		if length > maxNamedID {
			return strings.Clone(id[:at]) + "…"
		}
	}
	return id
}

// NotFound is a NOT_FOUND for a single thing that a mutation needs.
func NotFound(message string) *Error { return &Error{Code: CodeNotFound, Message: message} }

// Unavailable is a SERVICE_UNAVAILABLE with its cause.
func Unavailable(cause error) *Error {
	return &Error{Code: CodeServiceUnavailable, Message: "The service cannot answer right now. Try again shortly.", Cause: cause}
}
