package server

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/models"
)

// subscribe runs a subscription until it has ended by itself, which alone its client is told. Otherwise it is
// cut: when the token expires, the server drains, or the client does not read. The connection is then broken
// visibly, so that the client comes back.
func (e *exchange) subscribe(ctx context.Context, f form, operation *graphql.OperationContext) *refusal {
	if caller := models.CallerFrom(ctx); caller != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, caller.ExpiresAt)
		defer cancel()
	}
	spelled := spellings[f]
	l := newLine(ctx, e.w, spelled.media, spelled.open, e.bounds.write)
	defer l.close()
	joined, no := e.streams.join(models.PartyFrom(ctx), l.cut)
	if no != nil {
		return no
	}
	defer joined.leave()
	e.streams.events.Add(1)
	defer e.streams.events.Add(-1)

	inOneAnswer(operation)
	// Only its beginning has the time of a request.
	ctx, giveUp := context.WithCancel(l.ctx)
	defer giveUp()
	late := time.AfterFunc(requestTimeout, giveUp)
	next, ctx := e.executor.DispatchOperation(ctx, operation)
	if !late.Stop() {
		return unavailable
	}
	l.keepAlive(spelled.beat, e.bounds.beat)
	number := 0
	for response := next(ctx); response != nil; response = next(ctx) {
		withCodes(response)
		if status, _ := statusOf(response, mediaJSON); status != http.StatusOK && l.unopened() {
			e.answer(f, response)
			return nil
		}
		number++
		if no := e.send(l, spelled, number, response); no != nil {
			return no
		}
	}
	end := spelled.end
	if number == 0 {
		end = spelled.beat + end // A multipart body has at least one part (RFC 2046, section 5.1.1).
	}
	if ctx.Err() != nil || !l.send([]byte(end)) {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// send sends one answer of a stream. What cannot be written as JSON breaks it.
func (e *exchange) send(l *line, spelled *spelling, number int, response *graphql.Response) *refusal {
	buf := borrowBuffer()
	defer returnBuffer(buf)
	if err := spelled.append(buf, number, response); err != nil {
		e.unwritable(err)
		if l.unopened() {
			return internalError(e.r.Context())
		}
		panic(http.ErrAbortHandler)
	}
	if !l.send(buf.Bytes()) {
		panic(http.ErrAbortHandler)
	}
	return nil
}
