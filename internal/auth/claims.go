package auth

import (
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"reelgraph/models"
)

// lastInstant ends the years that RFC 3339 can write. Beyond it the parser's arithmetic
// overflows sooner or later, and an nbf that never comes would seem to be past.
const lastInstant = 253402300799

// callerOf reads the claims of a token whose signature, times, issuer and audience are right.
func callerOf(claims jwt.MapClaims) (*models.Caller, error) {
	for _, name := range []string{"exp", "nbf"} {
		if seconds, ok := claims[name].(float64); ok && seconds > lastInstant {
			return nil, unauthenticated("The token's " + name + " is out of range: it counts seconds since 1970.")
		}
	}
	subject, ok := claims["sub"].(string)
	if !ok {
		return nil, unauthenticated("The token has no sub that is a string.")
	}
	id, ok := models.ParseID(subject)
	if !ok {
		return nil, unauthenticated("The token's sub is not a UUID.")
	}
	roles, ok := rolesOf(claims)
	if !ok {
		return nil, unauthenticated("The token's roles are not a list of strings.")
	}
	expires, err := claims.GetExpirationTime()
	if err != nil {
		return nil, err
	}
	return &models.Caller{ID: id, Roles: roles, ExpiresAt: expires.UTC()}, nil
}

// rolesOf reads the claim "roles". Names that are none of Role's are left out, since identity
// providers list their other roles there too, and a name said twice counts once. Without the
// claim there are none. Anything but a list of strings, null included, is not ok.
func rolesOf(claims jwt.MapClaims) (roles []models.Role, ok bool) {
	claim, found := claims["roles"]
	if !found {
		return nil, true
	}
	names, ok := claim.([]any)
	if !ok {
		return nil, false
	}
	for _, n := range names {
		name, ok := n.(string)
		if !ok {
			return nil, false
		}
		if role := models.Role(name); role.IsValid() && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, true
}

// Sign makes an HS256 token that speaks for the caller until its ExpiresAt, which is cut to
// seconds. It is good where Secret, Issuer and Audience are the same. It fails where the secret is
// too short for New.
func (c Config) Sign(caller models.Caller) (string, error) {
	if err := checkSecret(c.Secret); err != nil {
		return "", err
	}
	roles := caller.Roles
	if roles == nil {
		roles = []models.Role{}
	}
	claims := jwt.MapClaims{
		"sub":   caller.ID.String(),
		"roles": roles,
		"iat":   jwt.NewNumericDate(time.Now()),
		"exp":   jwt.NewNumericDate(caller.ExpiresAt),
	}
	if c.Issuer != "" {
		claims["iss"] = c.Issuer
	}
	if c.Audience != "" {
		claims["aud"] = c.Audience
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(c.Secret)
}
