package auth

import (
	"net/http"
	"strings"

	"reelgraph/models"
)

// Middleware puts the caller of each request into its context, where models.CallerFrom finds
// it. A request without a token is anonymous and goes on without one; so does one whose
// Authorization is empty, since many clients send it so while nobody is signed in. Every other
// Authorization that is not one good "Bearer <token>" goes to reject, with the *models.Error
// of Verify or one of its kind, and no further.
func Middleware(v *Verifier, reject func(w http.ResponseWriter, r *http.Request, err error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, err := bearer(r.Header.Values("Authorization"))
			if err != nil {
				reject(w, r, err)
				return
			}
			if token == "" {
				next.ServeHTTP(w, r)
				return
			}
			caller, err := v.Verify(r.Context(), token)
			if err != nil {
				reject(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(models.WithCaller(r.Context(), caller)))
		})
	}
}

// bearer gives the token of the Authorization headers, empty where there is none.
func bearer(headers []string) (string, error) {
	if len(headers) > 1 {
		return "", unauthenticated("There is more than one Authorization header.")
	}
	if len(headers) == 0 || headers[0] == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", unauthenticated(`The Authorization header is not of the form "Bearer <token>".`)
	}
	return token, nil
}
