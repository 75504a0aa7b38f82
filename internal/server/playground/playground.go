// Package playground serves GraphiQL, the editor for GraphQL requests that runs in a browser,
// from files inside the program: the page needs nothing from the internet and is allowed nothing
// from there.
package playground

import (
	"bytes"
	"html/template"
	"net/http"
)

// Tab is a tab that a visitor of the page finds open.
type Tab struct {
	// Title is the name of the first operation in Query, since by that GraphiQL titles a tab. It is
	// what an edited tab is recognised by at the next visit, so no two tabs may share one.
	Title string `json:"title"`
	// Query is the text of one or more operations.
	Query string `json:"query"`
	// Variables is a JSON object, or empty for none.
	Variables string `json:"variables"`
	// Role is whose token the operations want.
	Role Role `json:"-"`
	// Headers are sent in place of Options.Headers; nil sends those.
	Headers map[string]string `json:"headers,omitempty"`
}

// Options says what the page works with. The page shows all of it to whoever opens it.
type Options struct {
	// Endpoint is the path of the GraphQL endpoint on the page's own origin; empty means /graphql.
	Endpoint string `json:"endpoint"`
	// Headers are those a tab begins with, the visitor's new ones too.
	Headers map[string]string `json:"headers,omitempty"`
	// Tabs are opened in this order. With none, GraphiQL greets in a tab of its own.
	Tabs []Tab `json:"tabs"`
}

// Scripts, styles and requests of the page's own origin alone. GraphiQL's style sheet carries its
// fonts as data. The one style that may stand inline is the text that GraphiQL's dialogs add to
// keep what lies behind them from scrolling.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; " +
	"style-src 'self' 'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='; " +
	"font-src data:; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

var pageTemplate = template.Must(template.ParseFS(files, "assets/page.html"))

type pageData struct {
	// Prefix is the path of the folder of the page's files.
	Prefix   string
	Settings Options
}

// Handler serves the page at / and its files below /playground/, for GET and HEAD. A file's path
// holds a hash of the contents of all files, so browsers may keep it for ever; the page, which
// may carry tokens, is never kept. Other paths get status 404.
func Handler(options Options) http.Handler {
	bundle := embedded()
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page(options, bundle.prefix))
	for _, file := range bundle.files {
		mux.Handle("GET "+bundle.path(file), file)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r.WithContext(r.Context())) // A copy, which keeps the pattern of the route that led here.
	})
}

func page(options Options, prefix string) http.Handler {
	if options.Endpoint == "" {
		options.Endpoint = "/graphql"
	}
	if options.Tabs == nil {
		options.Tabs = []Tab{}
	}
	// The template knows that the options stand in a block of JSON, and escapes them for it.
	var html bytes.Buffer
	if err := pageTemplate.Execute(&html, pageData{Prefix: prefix, Settings: options}); err != nil {
		panic("playground: " + err.Error()) // Strings always become JSON: the template is wrong.
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(html.Bytes()) // An error means that the client is gone.
	})
}
