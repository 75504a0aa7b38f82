package server

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	"reelgraph/models"
)

// uncacheable is the Cache-Control of an answer whose handler sets none.
const uncacheable = "private, no-store"

// asUncacheable is a value of a header that all answers share: it may be replaced, but not changed.
var asUncacheable = []string{uncacheable}

// identified tells each request's context what is known of the request before anything looks into it: its name, the address
// that it comes from, and whether it has a line of the log to come. The name is what X-Request-Id says where that is 1 to 64
// of [A-Za-z0-9._-], else one by chance; the answer carries it. It also makes every answer uncacheable, unless its handler says otherwise.
func (s *Server) identified(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := models.RequestFrom(r.Context()) // of whom this server is a part
		request.Address = clientAddress(r.RemoteAddr, r.Header["X-Forwarded-For"], proxies)
		if request.ID = valueOf(r.Header, "X-Request-Id"); !isRequestID(request.ID) {
			request.ID = rand.Text()
		}
		request.LogLine = nil
		if s.log.Enabled(r.Context(), slog.LevelDebug) {
			request.LogLine = new(models.LogLine)
		}
		header := w.Header()
		header["X-Request-Id"] = []string{request.ID}
		header["Cache-Control"] = asUncacheable
		next.ServeHTTP(w, r.WithContext(models.WithRequest(r.Context(), request)))
	})
}

// valueOf is the first value of a request's header, empty where it has none. Get would first put the name into the spelling that
// net/http has for it, which here it must have.
func valueOf(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func isRequestID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// minCompressedBytes is the size below which an answer fits one packet anyway.
const minCompressedBytes = 1 << 10

// compressed sends what it is worth for as gzip to clients that accept it. The fastest level
// makes these answers some tenth larger than the best one, for a fraction of its time.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(minCompressedBytes), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // the options above are constants
	}
	whole := wrap(next)
	// It compresses nothing that is asked for by HEAD. A HEAD is to tell of the answer that a GET would get.
	head := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Method = http.MethodHead
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			whole.ServeHTTP(w, r)
			return
		}
		r = r.WithContext(r.Context()) // a copy, whose method may be changed
		r.Method = http.MethodGet
		head.ServeHTTP(w, r)
	})
}

// observed writes a line for each request to the access log, and turns a panic into a 500.
// What is logged is the route, not the path: that may be anything, and its query string may carry
// variables. Bytes are those before compression, and the status is 0 where the client left before the answer began.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &recorder{ResponseWriter: w, request: r, start: time.Now()}
		defer func() {
			route := r.Pattern
			if route == "" { // The routes have seen a copy of the request, or nothing of it.
				_, route = s.routes.Handler(r)
			}
			if answer.late {
				answer.status = 0
			}
			if s.observe != nil {
				s.observe(route, r.Method, answer.status, answer.after)
			}
			if line := models.LogLineFrom(r.Context()); line != nil {
				s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", append([]slog.Attr{
					slog.String("requestId", models.RequestIDFrom(r.Context())),
					slog.String("method", r.Method), slog.String("route", route),
					slog.Int("status", answer.status), slog.Int64("bytes", answer.bytes),
					slog.Duration("duration", time.Since(answer.start)),
				}, line.Attrs...)...)
			}
		}()
		defer func() {
			if cause := recover(); cause != nil {
				s.recovered(answer, r, cause)
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// recovered answers for a handler that panicked. Where a part of its answer is on its way
// already, the connection is cut, so that nobody takes that part for the whole.
func (s *Server) recovered(answer *recorder, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler { //nolint:errorlint // a panic carries the value itself, as net/http compares it
		panic(cause)
	}
	s.log.ErrorContext(r.Context(), "panic while answering a request",
		"requestId", models.RequestIDFrom(r.Context()), "panic", cause, "stack", string(debug.Stack()))
	if answer.status != 0 {
		panic(http.ErrAbortHandler)
	}
	// What the handler said about its own answer is not true of this one.
	answer.Header().Del("Content-Encoding")
	answer.Header().Del("ETag")
	answer.Header().Set("Cache-Control", uncacheable)
	media := mediaJSON
	if isREST(r) {
		media = mediaProblem
	}
	internalError(r.Context()).write(answer, media)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	request *http.Request
	start   time.Time
	status  int // 0 while nothing was
	bytes   int64
	// after is how long after start the answer began, and late says that its client had left by then.
	after time.Duration
	late  bool
}

func (w *recorder) begin(status int) {
	w.status, w.after, w.late = status, time.Since(w.start), w.request.Context().Err() != nil
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
