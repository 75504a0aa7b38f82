package server

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/coder/websocket"

	"reelgraph/models"
)

// loss is a way to lose a client: its name for the log, and what the client is told. Without a code it is told
// nothing: its connection is cut, which has clients come back, as most codes below 3000 have not.
type loss struct {
	name   string
	code   websocket.StatusCode
	reason string
}

// The codes of graphql-transport-ws.
const (
	closeBadRequest      websocket.StatusCode = 4400
	closeUnauthorized    websocket.StatusCode = 4401
	closeForbidden       websocket.StatusCode = 4403
	closeBadSubprotocol  websocket.StatusCode = 4406
	closeGreetingTimeout websocket.StatusCode = 4408
	closeDuplicateID     websocket.StatusCode = 4409
	closeGreetedTwice    websocket.StatusCode = 4429
)

var (
	badSubprotocol  = loss{"bad subprotocol", closeBadSubprotocol, "Subprotocol not acceptable"}
	greetingTimeout = loss{"no greeting in time", closeGreetingTimeout, "Connection initialisation timeout"}
	greetedTwice    = loss{"greeted twice", closeGreetedTwice, "Too many initialisation requests"}
	notGreeted      = loss{"operation before greeting", closeUnauthorized, "Unauthorized"}
	forbidden       = loss{"bad token", closeForbidden, "Forbidden"}
	tokenExpired    = loss{"token expired", closeForbidden, "Forbidden: The token has expired."}
	keysUnavailable = loss{"keys unavailable", websocket.StatusTryAgainLater, string(models.CodeServiceUnavailable)}
	tooManySockets  = loss{"too many sockets", websocket.StatusTryAgainLater, string(models.CodeRateLimited)}
	notUTF8         = loss{"message not UTF-8", websocket.StatusInvalidFramePayloadData, "Text must be UTF-8."}
	tooSlowMessage  = loss{"message too slow", websocket.StatusTryAgainLater, "The message took too long to arrive."}
	goingAway       = loss{"server goes away", websocket.StatusGoingAway, "Going away"}
	terminated      = loss{"terminated by the client", websocket.StatusNormalClosure, ""}
	readerPanicked  = loss{"panic", websocket.StatusInternalError, "Internal server error."}
	unheard         = loss{name: "no sign of life"}
	notReading      = loss{name: "client does not read"}
	disconnected    = loss{name: "connection lost"}
	badFrame        = loss{"bad frame", websocket.StatusProtocolError, ""}
)

// badMessage is a message that a client may not send, and says what is wrong with it.
func badMessage(fault string) loss { return loss{"bad message", closeBadRequest, fault} }

// tooLargeMessage is a message larger than the limit.
func tooLargeMessage(limit int) loss {
	return loss{"message too large", websocket.StatusMessageTooBig, fmt.Sprintf("A message must not be larger than %d bytes.", limit)}
}

// duplicateID is an operation with the id of one that runs.
func duplicateID(id string) loss {
	const before, after = "Subscriber for ", " already exists"
	return loss{"duplicate id", closeDuplicateID, before + cut(id, maxReasonBytes-len(before)-len(after)) + after}
}

// maxReasonBytes is what a close frame has room for.
const maxReasonBytes = 123

// closeTimeout is how long a write that is under way may still take when the socket ends.
const closeTimeout = 5 * time.Second

// lose ends the socket for the first reason that is given, and has its operations end. It does not wait for
// that: the goroutine that reads sees to the rest.
func (s *socket) lose(why loss) {
	if s.lost.CompareAndSwap(nil, &why) {
		s.cancel()
		s.wire.interrupt(closeTimeout)
	}
}

// lossOf says why nothing can be read any more.
func (s *socket) lossOf(err error) loss {
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return loss{"closed by the client", closed.Code, ""}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return tooSlowMessage
	case s.wire.stuck.Load():
		return notReading
	case s.wire.broken.Load():
		return disconnected
	}
	return badFrame
}
