package server

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

const (
	mediaDeferred = mediaMultipart + `;boundary="-";deferSpec=20220824`
	deferredOpen  = "---"
	deferredNext  = "\r\n---"
	deferredEnd   = "\r\n-----\r\n"
)

// defers reports whether some of the operation may come later.
func defers(operation *graphql.OperationContext) bool {
	if !strings.Contains(operation.RawQuery, "defer") {
		return false
	}
	seen := map[*ast.FragmentDefinition]bool{}
	var search func(ast.SelectionSet) bool
	active := func(directives ast.DirectiveList) bool {
		directive := directives.ForName("defer")
		return directive != nil && directive.ArgumentMap(operation.Variables)["if"] != false
	}
	search = func(selections ast.SelectionSet) bool {
		for _, selection := range selections {
			found := false
			switch selection := selection.(type) {
			case *ast.Field:
				found = search(selection.SelectionSet)
			case *ast.InlineFragment:
				found = active(selection.Directives) || search(selection.SelectionSet)
			case *ast.FragmentSpread:
				found = active(selection.Directives)
				if !found && selection.Definition != nil && !seen[selection.Definition] {
					seen[selection.Definition] = true
					found = search(selection.Definition.SelectionSet)
				}
			}
			if found {
				return true
			}
		}
		return false
	}
	return search(operation.Operation.SelectionSet)
}

// deliver runs a query with deferred fragments, and sends each when it has come. All of it together has the time
// of a request.
func (e *exchange) deliver(ctx context.Context, operation *graphql.OperationContext) *refusal {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	next, ctx := e.executor.DispatchOperation(lenient{ctx}, unlessLate(operation))
	response := next(ctx)
	if response == nil {
		return unavailable
	}
	if withCodes(response).Data == nil {
		f, _ := e.accepted.choose(kindSingle)
		e.answer(f, response)
		return nil
	}
	l := newLine(e.r.Context(), e.w, mediaDeferred, deferredOpen, e.bounds.write)
	defer l.close()
	out := newOutbox(l)
	defer out.close()
	for first := true; ; first = false {
		buf := borrowBuffer()
		err := withoutPlaceholders(operation, response)
		if err == nil {
			err = appendPart(buf, first, response)
		}
		if err == nil {
			out.add(buf.Bytes())
		}
		returnBuffer(buf)
		if err != nil {
			e.unwritable(err)
			panic(http.ErrAbortHandler)
		}
		if !hasNext(response) {
			break
		}
		// What still comes after the time is up are the errors that say so.
		response = next(context.WithoutCancel(ctx))
	}
	if !out.close() {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func hasNext(response *graphql.Response) bool { return response.HasNext != nil && *response.HasNext }

// appendPart appends the part of one response, and the delimiter after it.
func appendPart(buf *bytes.Buffer, first bool, response *graphql.Response) error {
	buf.WriteString(partHeader + "{")
	if !first {
		buf.WriteString(`"incremental":[{`)
	}
	if err := appendMembers(buf, response); err != nil {
		return err
	}
	if !first {
		// Clients want a path even where the fragment is at the root.
		path := response.Path
		if path == nil {
			path = ast.Path{}
		}
		if err := appendMember(buf, "path", path); err != nil {
			return err
		}
		if response.Label != "" {
			if err := appendMember(buf, "label", response.Label); err != nil {
				return err
			}
		}
		buf.WriteString("}]")
	}
	if hasNext(response) {
		buf.WriteString(`,"hasNext":true}` + deferredNext)
	} else {
		buf.WriteString(`,"hasNext":false}` + deferredEnd)
	}
	return nil
}

// outbox sends pieces in the background, so that whoever makes them does not wait for the client.
type outbox struct {
	line *line
	news chan struct{}
	done chan struct{}
	once sync.Once

	mu      sync.Mutex
	waiting []byte
	// failed is true after done where the client has not been sent everything.
	failed bool
}

func newOutbox(l *line) *outbox {
	o := &outbox{line: l, news: make(chan struct{}, 1), done: make(chan struct{})}
	go o.run()
	return o
}

func (o *outbox) run() {
	defer close(o.done)
	for range o.news {
		o.mu.Lock()
		pieces := o.waiting
		o.waiting = nil
		o.mu.Unlock()
		o.failed = !o.line.send(pieces) || o.failed
	}
}

func (o *outbox) add(piece []byte) {
	o.mu.Lock()
	o.waiting = append(o.waiting, piece...)
	o.mu.Unlock()
	select {
	case o.news <- struct{}{}:
	default:
	}
}

// close returns when all has been sent, or reports false where it could not be.
func (o *outbox) close() bool {
	o.once.Do(func() { close(o.news) })
	<-o.done
	return !o.failed
}

// unlessLate has no field of the operation begin once its context has ended.
func unlessLate(operation *graphql.OperationContext) *graphql.OperationContext {
	resolve := operation.ResolverMiddleware
	operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if err := ctx.Err(); err != nil {
			return nil, models.Unavailable(err)
		}
		return resolve(ctx, next)
	}
	return operation
}

// lenient is the context of an operation with deferred fields. The executor gives up a deferred result where it
// could as well hand it over, if its context happens to have ended, and goes on waiting for it for ever. So this
// context has always still a moment when it is asked when it ends: whoever waits for it does not wait long, but
// a result whose taker is there gets through.
type lenient struct{ context.Context }

const moment = 100 * time.Millisecond

func (c lenient) Done() <-chan struct{} {
	if deadline, ok := c.Deadline(); c.Err() == nil && (!ok || time.Until(deadline) > moment) {
		return c.Context.Done()
	}
	ended := make(chan struct{})
	time.AfterFunc(moment, func() { close(ended) })
	return ended
}
