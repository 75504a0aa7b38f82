package auth

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"reelgraph/models"
)

func TestMiddleware(t *testing.T) {
	t.Parallel()
	v, err := New(t.Context(), Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	reject := func(w http.ResponseWriter, _ *http.Request, err error) {
		var known *models.Error
		if !errors.As(err, &known) {
			t.Errorf("rejected with %v", err)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, string(known.Code)+": "+known.Message)
	}
	server := httptest.NewServer(Middleware(v, reject)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller := models.CallerFrom(r.Context()); caller != nil {
			_, _ = io.WriteString(w, caller.ID.String())
			return
		}
		_, _ = io.WriteString(w, "anonymous")
	})))
	t.Cleanup(server.Close)

	good := sign(t, jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": user, "exp": time.Now().Add(time.Hour).Unix()})
	expired := sign(t, jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": user, "exp": 1})
	const (
		form = `UNAUTHENTICATED: Authorization is not of the form "Bearer <token>".`
		many = "UNAUTHENTICATED: There is more than one Authorization."
	)
	tests := map[string]struct {
		headers []string
		status  int
		body    string
	}{
		"none":           {nil, 200, "anonymous"},
		"empty":          {[]string{""}, 200, "anonymous"},
		"good":           {[]string{"Bearer " + good}, 200, user},
		"lower case":     {[]string{"bearer " + good}, 200, user},
		"upper case":     {[]string{"BEARER   " + good}, 200, user},
		"expired":        {[]string{"Bearer " + expired}, 401, "UNAUTHENTICATED: The token has expired."},
		"undefined":      {[]string{"Bearer undefined"}, 401, "UNAUTHENTICATED: The token is not a JWT."},
		"another scheme": {[]string{"Basic dTpw"}, 401, form},
		"no scheme":      {[]string{good}, 401, form},
		"no token":       {[]string{"Bearer"}, 401, form},
		"empty token":    {[]string{"Bearer "}, 401, form},
		"glued":          {[]string{"Bearer" + good}, 401, form},
		"twice":          {[]string{"Bearer " + good, "Bearer " + good}, 401, many},
		"once empty":     {[]string{"Bearer " + good, ""}, 401, many},
		"joined":         {[]string{"Bearer " + good + ", Bearer " + good}, 401, "UNAUTHENTICATED: The token is not a JWT."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header["Authorization"] = tt.headers
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || string(body) != tt.body {
				t.Errorf("%d %q, want %d %q", resp.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}
