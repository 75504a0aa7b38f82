package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rs/cors"
)

// preflightAge is how long a browser may keep the answer to a preflight; none keeps it longer.
const preflightAge = 2 * time.Hour

// crossOrigin lets pages of the origins call next, with any header and without cookies. It
// answers their preflights itself.
func crossOrigin(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		// The library takes an empty list for "all".
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"Retry-After", "ETag", "X-Request-Id"},
		MaxAge:         int(preflightAge.Seconds()),
	}).Handler(next)
}

// ParseOrigins reports the first entry that no browser could ever send as its Origin: it must
// be scheme://host or scheme://host:port in ASCII, without the scheme's own port, and without
// a path, even "/". Wildcards are refused, "*" too, since whoever may call the API should be
// named. Nothing is wrong with an empty list or with an entry said twice.
func ParseOrigins(origins []string) error {
	for _, origin := range origins {
		if fault := originFault(origin); fault != "" {
			return fmt.Errorf("the origin %q %s", origin, fault)
		}
	}
	return nil
}

// originFault says what is wrong with the origin, nothing where it is right.
func originFault(origin string) string {
	if strings.Contains(origin, "*") {
		return "must name one host: wildcards are not supported"
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return "must have the form scheme://host or scheme://host:port"
	}
	// Printed from its parts alone, it differs if it has any other.
	if !strings.EqualFold(origin, u.Scheme+"://"+u.Host) {
		return "must be nothing but scheme://host or scheme://host:port, without a path or a slash at its end"
	}
	for _, c := range u.Host {
		if c <= ' ' || c > '~' {
			return "must be written in ASCII, as browsers send it (xn--…)"
		}
	}
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "must have a port after its colon"
		}
		return ""
	}
	if port, err := strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
		return "must have a port from 1 to 65535"
	}
	if (u.Scheme == "http" && u.Port() == "80") || (u.Scheme == "https" && u.Port() == "443") {
		return "must leave out its scheme's own port, as browsers do"
	}
	return ""
}
