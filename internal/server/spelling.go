package server

import (
	"bytes"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// spelling is how answers are written that follow one another in one body.
type spelling struct {
	media string
	// open begins the body, beat is a sign of life, and end says that all answers have come.
	open, beat, end string
	// before and after stand around each answer.
	before func(buf *bytes.Buffer, number int)
	after  string
	// inLine says that an answer must not have a line break.
	inLine bool
}

// spellings are those of the forms that have one. A part of a multipart body ends with the delimiter of the
// next: clients take it for complete only then.
var spellings = [forms]*spelling{
	formEvents: {
		media: mediaEvents,
		// Some browsers do not tell that the stream is open before they have some of it.
		open: ":\n\n", beat: ":\n\n", end: "event: complete\ndata:\n\n",
		before: func(buf *bytes.Buffer, number int) {
			buf.WriteString("event: next\nid: ")
			buf.WriteString(strconv.Itoa(number))
			buf.WriteString("\ndata: ")
		},
		after: "\n\n", inLine: true,
	},
	formPayloads: {
		media: mediaMultipart + `;boundary="graphql";subscriptionSpec=1.0`,
		open:  "--graphql", beat: partHeader + "{}\r\n--graphql", end: "--\r\n",
		before: func(buf *bytes.Buffer, _ int) { buf.WriteString(partHeader + `{"payload":`) },
		after:  "}\r\n--graphql",
	},
}

// partHeader stands between a delimiter and the JSON of a part.
const partHeader = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"

// append appends an answer, the number-th of its body. An error leaves a part of it in the buffer.
func (s *spelling) append(buf *bytes.Buffer, number int, response *graphql.Response) error {
	s.before(buf, number)
	begin := buf.Len()
	if err := appendResponse(buf, response); err != nil {
		return err
	}
	if s.inLine {
		// In JSON a raw line break can but stand between tokens.
		text := buf.Bytes()[begin:]
		for i, c := range text {
			if c == '\n' || c == '\r' {
				text[i] = ' '
			}
		}
	}
	buf.WriteString(s.after)
	return nil
}

// appendWhole appends a body of one answer. An error leaves a part of it in the buffer.
func (s *spelling) appendWhole(buf *bytes.Buffer, response *graphql.Response) error {
	buf.WriteString(s.open)
	if err := s.append(buf, 1, response); err != nil {
		return err
	}
	buf.WriteString(s.end)
	return nil
}
