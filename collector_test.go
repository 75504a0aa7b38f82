package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector keeps what a program sends by OTLP over HTTP.
type collector struct {
	url string

	mu    sync.Mutex
	raw   bytes.Buffer
	paths []string
	sent  []*tracepb.ResourceSpans
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	listening := httptest.NewServer(c)
	t.Cleanup(listening.Close)
	c.url = listening.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collectorpb.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	c.paths = append(c.paths, r.URL.Path)
	c.sent = append(c.sent, request.ResourceSpans...)
}

// span is one that was sent, with the ids of its trace, its parent and itself as hexadecimal digits.
type span struct {
	*tracepb.Span
	trace, parent, id string
}

// after ends the program, and gives the spans that were sent by then, in the order in which they began.
func (c *collector) after(t *testing.T, p *program) (spans spans) {
	t.Helper()
	p.end()
	<-p.ended
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, path := range c.paths {
		if path != "/v1/traces" {
			t.Errorf("something was sent to %s", path)
		}
	}
	for _, resource := range c.sent {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				spans = append(spans, span{s, hex.EncodeToString(s.TraceId), hex.EncodeToString(s.ParentSpanId), hex.EncodeToString(s.SpanId)})
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return int(a.StartTimeUnixNano) - int(b.StartTimeUnixNano) })
	return spans
}

type spans []span

// of are the spans of a trace.
func (all spans) of(trace string) (own spans) {
	for _, s := range all {
		if s.trace == trace {
			own = append(own, s)
		}
	}
	return own
}

// named is the one span of a name.
func (all spans) named(t *testing.T, name string) (found span) {
	t.Helper()
	for _, s := range all {
		if s.Name == name {
			if found.Span != nil {
				t.Fatalf("several spans are named %q", name)
			}
			found = s
		}
	}
	if found.Span == nil {
		t.Fatalf("no span is named %q; there are\n%s", name, all.tree(""))
	}
	return found
}

// tree shows spans below their parents: a line each, with the names of spans, what went wrong, and how deep it is by tabs.
func (all spans) tree(parent string) string {
	var text strings.Builder
	for _, s := range all {
		if s.parent != parent {
			continue
		}
		line := s.Name
		if s.Status.GetCode() == tracepb.Status_STATUS_CODE_ERROR {
			line += " !" + s.Status.Message
		}
		branch := strings.TrimSuffix("\t"+line+"\n"+all.tree(s.id), "\n")
		text.WriteString(strings.ReplaceAll(branch, "\n", "\n\t") + "\n")
	}
	return text.String()
}

// attributes are those of a span as text, in the order of their names.
func (s span) attributes() string {
	told := map[string]string{}
	for _, a := range s.Attributes {
		value := strings.Join(strings.Fields(a.Value.String()), " ")
		_, value, _ = strings.Cut(value, ":")
		told[a.Key] = strings.Trim(value, `"`)
	}
	var text []string
	for _, key := range slices.Sorted(maps.Keys(told)) {
		text = append(text, key+"="+told[key])
	}
	return strings.Join(text, " ")
}
