package server

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

const (
	// cacheable is the Cache-Control of an answer that anybody may be given.
	cacheable = "public, max-age=1"
	// varies is what else than the URL decides which answer that is.
	varies = "Authorization, Accept, Accept-Encoding, Origin"
)

// mayShare reports whether caches may give the answer, if it has no errors, to others who ask the same: it is that of a
// query by GET or HEAD, without a token and for nothing that takes one. An empty Authorization counts as a token, since
// caches need not know that it says nothing; and what a GET is sent in parts is not shared for being asked by HEAD.
func (e *exchange) mayShare(operation *graphql.OperationContext, k kind) bool {
	if e.r.Method == http.MethodPost || operation.Operation.Operation != ast.Query {
		return false
	}
	if _, given := e.r.Header["Authorization"]; given {
		return false
	}
	if f, _ := e.accepted.choose(k); f == formDeferred {
		return false
	}
	cost, known := operation.Stats.GetExtension(models.CostStats).(*models.Cost)
	return known && cost.Public
}

// share writes an answer that caches may keep, or tells the client that it has that answer already.
func share(w http.ResponseWriter, r *http.Request, media string, body []byte) {
	tag := tagOf(media, body)
	header := w.Header()
	header.Set("Cache-Control", cacheable)
	header.Set("Vary", varies)
	header.Set("ETag", `W/"`+tag+`"`)
	header.Del("X-Request-Id") // which is that of the first who asked
	if isNamed(r.Header["If-None-Match"], tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeBytes(w, http.StatusOK, media, body)
}

// tagOf is what tells an answer from others at the same URL, the same at each instance. It is that of the answer before
// compression, so the tag is a weak one (RFC 9110, section 8.8.1): the bytes of the compressed answer are others.
func tagOf(media string, body []byte) string {
	hash := sha256.New()
	_, _ = io.WriteString(hash, media+"\n") // a hash takes everything
	_, _ = hash.Write(body)
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// isNamed reports whether an If-None-Match names the tag, weak or not, or any by "*". A malformed list counts up to its fault.
func isNamed(said []string, tag string) bool {
	list := strings.Join(said, ",")
	if strings.Trim(list, " \t") == "*" {
		return true
	}
	for {
		list = strings.TrimPrefix(strings.TrimLeft(list, " \t,"), "W/")
		text, quoted := strings.CutPrefix(list, `"`)
		opaque, rest, ended := strings.Cut(text, `"`)
		if !quoted || !ended {
			return false
		}
		if opaque == tag {
			return true
		}
		list = rest
	}
}
