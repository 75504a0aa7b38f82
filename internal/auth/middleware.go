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
			token, err := Bearer(r.Header["Authorization"])
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

// Bearer gives the token of what was said as Authorization, empty where that is nothing or an empty
// string. Whatever else is not one "Bearer <token>" is a *models.Error with CodeUnauthenticated.
func Bearer(said []string) (string, error) {
	if len(said) > 1 {
		return "", unauthenticated("There is more than one Authorization.")
	}
	if len(said) == 0 || said[0] == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(said[0], " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", unauthenticated(`Authorization is not of the form "Bearer <token>".`)
	}
	return token, nil
}
