package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// operation is one that runs on a socket, in a goroutine of its own.
type operation struct {
	socket *socket
	id     string
	name   json.RawMessage // the id, as each message about it has it
	ctx    context.Context
	cancel context.CancelFunc
	// over says that nothing more may be said of it: another may have its id by now. holds says that the
	// socket's going away waits for it. Both are guarded by the socket's mu.
	over, holds bool
}

// start runs an operation, unless the socket is going away: the client will start it anew elsewhere.
func (s *socket) start(m message) {
	if !s.letIn {
		s.lose(notGreeted)
		return
	}
	params, fault := parseOperation(m.Payload)
	if fault != "" {
		s.lose(badMessage(fault))
		return
	}
	if s.streams.draining.Load() {
		s.goAway() // its own turn may be long in coming
		return
	}
	name, err := json.Marshal(*m.ID)
	if err != nil {
		panic(err) // a string always is JSON
	}
	ctx, cancel := context.WithCancel(s.ctx)
	o := &operation{socket: s, id: *m.ID, name: name, ctx: ctx, cancel: cancel, holds: true}
	s.mu.Lock()
	_, taken := s.operations[o.id]
	tooMany := len(s.operations) >= s.bounds.operations
	begin := !taken && !tooMany && !s.ending
	if begin {
		if s.operations == nil {
			s.operations = make(map[string]*operation, 1)
		}
		s.operations[o.id] = o
		s.holding++
	}
	s.mu.Unlock()
	switch {
	case begin:
		s.running.Add(1)
		s.streams.operations.Add(1)
		go o.run(params)
		return
	case taken:
		s.lose(duplicateID(o.id))
	case tooMany:
		no := &refusal{code: models.CodeRateLimited, message: fmt.Sprintf("At most %d operations may run on one socket.", s.bounds.operations)}
		s.say("error", o.name, s.spoken.errors(refused(no).Errors))
	}
	cancel()
}

// stop ends an operation that the client wants no more of. One that has ended already is none.
func (s *socket) stop(id string) {
	s.mu.Lock()
	o, found := s.operations[id]
	if found {
		o.forget()
	}
	s.mu.Unlock()
	if found {
		o.cancel()
		s.loseIfQuiet()
	}
}

// goAway has the socket end when its queries and mutations have, and begin no more.
func (s *socket) goAway() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.loseIfQuiet()
}

// loseIfQuiet ends a socket that is to go away and has nothing left to wait for.
func (s *socket) loseIfQuiet() {
	s.mu.Lock()
	quiet := s.ending && s.holding == 0 && s.conn != nil
	s.mu.Unlock()
	if quiet {
		s.lose(goingAway)
	}
}

// forget takes the operation off its socket: its id is free, and nothing is said of it any more. The
// socket's mu is held.
func (o *operation) forget() {
	if !o.over {
		o.over = true
		delete(o.socket.operations, o.id)
		o.release()
	}
}

// release says that the socket's going away need not wait for it. The socket's mu is held.
func (o *operation) release() {
	if o.holds {
		o.holds = false
		o.socket.holding--
	}
}

// run runs the operation to its end. Its frame, and those below it, are small: a subscription waits on top of
// them for all its life, and with a few bytes more it would take a stack of twice the size.
func (o *operation) run(params *graphql.RawParams) {
	defer o.leave()
	defer o.recovered()
	ctx, operation := o.prepare(params)
	switch {
	case operation == nil:
	case operation.Operation.Operation == ast.Subscription:
		o.subscribe(ctx, operation)
	default:
		o.answer(ctx, operation)
	}
}

// prepare makes an operation of what the client asks for, with each answer in one piece; nil where it is
// refused, which the client is told.
func (o *operation) prepare(params *graphql.RawParams) (context.Context, *graphql.OperationContext) {
	ctx := graphql.StartOperationTrace(o.ctx)
	executor := o.socket.executor
	operation, errs := executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		o.fail(executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs))
		return ctx, nil
	}
	inOneAnswer(operation)
	return ctx, operation
}

// leave is the end of the operation's goroutine.
func (o *operation) leave() {
	o.cancel()
	o.socket.mu.Lock()
	o.forget()
	o.socket.mu.Unlock()
	o.socket.loseIfQuiet()
	o.socket.streams.operations.Add(-1)
	o.socket.running.Done()
}

// recovered answers for an operation that panicked; the socket lives.
func (o *operation) recovered() {
	if cause := recover(); cause != nil {
		o.socket.log.ErrorContext(o.ctx, "panic while running an operation of a socket",
			"requestId", models.RequestIDFrom(o.ctx), "panic", cause, "stack", string(debug.Stack()))
		o.fail(refused(internalError(o.ctx)))
	}
}

// answer runs a query or mutation.
func (o *operation) answer(ctx context.Context, operation *graphql.OperationContext) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	next, ctx := o.socket.executor.DispatchOperation(ctx, operation)
	response := next(ctx)
	switch {
	case response == nil:
		// The executor has no answer when the context ended before it began.
		o.fail(refused(unavailable))
	case response.Data == nil:
		o.fail(response)
	default:
		if o.next(response) {
			o.complete()
		}
	}
}

// subscribe sends what the subscription has, until it has nothing more, or is ended.
func (o *operation) subscribe(ctx context.Context, operation *graphql.OperationContext) {
	o.socket.mu.Lock()
	o.release()
	o.socket.mu.Unlock()
	o.socket.loseIfQuiet()

	next, ctx := o.begin(ctx, operation)
	if next == nil {
		o.fail(refused(unavailable))
		return
	}
	for first := true; ; first = false {
		response := next(ctx)
		switch {
		case response == nil:
			if ctx.Err() == nil {
				o.complete()
			}
			return
		case first && response.Data == nil:
			o.fail(response)
			return
		case !o.next(response):
			return
		}
	}
}

// begin has the subscription begin within the time of a request, which is no bound of what follows; nil where it
// is late, and so has been ended.
func (o *operation) begin(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	late := time.AfterFunc(requestTimeout, o.cancel)
	next, ctx := o.socket.executor.DispatchOperation(ctx, operation)
	if !late.Stop() {
		return nil, ctx
	}
	return next, ctx
}

// next sends a response, and reports whether more may follow.
func (o *operation) next(response *graphql.Response) bool {
	return o.say(o.socket.spoken.next, false, func(buf *bytes.Buffer) error {
		appendName(buf, "payload")
		return appendResponse(buf, response)
	})
}

// complete says that the operation has finished by itself.
func (o *operation) complete() { o.say("complete", true, nil) }

// fail says that the operation is refused.
func (o *operation) fail(response *graphql.Response) {
	errs := withCodes(response).Errors
	o.say("error", true, func(buf *bytes.Buffer) error {
		return appendMember(buf, "payload", o.socket.spoken.errors(errs))
	})
}

// say sends a message about the operation, if it is not over; with the last one it is. It reports whether
// more may follow.
func (o *operation) say(kind string, last bool, payload func(*bytes.Buffer) error) bool {
	frame := newFrame()
	defer returnBuffer(frame)
	if err := appendMessage(frame, kind, o.name, payload); err != nil {
		o.socket.log.ErrorContext(o.ctx, "an answer could not be written as JSON", "requestId", models.RequestIDFrom(o.ctx), "error", err)
		o.fail(refused(internalError(o.ctx)))
		return false
	}
	s := o.socket
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.over {
		return false
	}
	if last {
		// Before the client learns that the id is free.
		o.forget()
	}
	return s.write(frame) && !last
}

// say sends a message that no operation of the socket sends.
func (s *socket) say(kind string, id []byte, payload any) {
	frame := newFrame()
	defer returnBuffer(frame)
	err := appendMessage(frame, kind, id, func(buf *bytes.Buffer) error {
		if payload == nil {
			return nil
		}
		return appendMember(buf, "payload", payload)
	})
	if err != nil {
		panic(err) // all that is said so came as JSON or is text
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(frame)
}

// write sends a message, unless the socket is being closed. The socket's mu is held.
func (s *socket) write(frame *bytes.Buffer) bool {
	if s.lost.Load() != nil {
		return false
	}
	_, err := s.wire.Write(sealed(frame, frameText))
	return err == nil
}
