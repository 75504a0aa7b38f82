package auth

import (
	"errors"
	"slices"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"reelgraph/models"
)

var errCritical = errors.New("critical header")

// reasons are faults that the parser finds, with what the client is told; the first that fits is.
var reasons = []struct {
	err     error
	message string
}{
	{errCritical, "The token has a crit header, which is not supported."},
	{jwkset.ErrKeyNotFound, "The token is signed with an unknown key."},
	{jwt.ErrTokenUnverifiable, "The token does not fit any key."},
	{jwt.ErrTokenSignatureInvalid, "The token's signature is wrong."},
	{jwt.ErrTokenExpired, "The token has expired."},
	{jwt.ErrTokenNotValidYet, "The token is not valid yet."},
	{jwt.ErrTokenInvalidIssuer, "The token is from another issuer."},
	{jwt.ErrTokenInvalidAudience, "The token is for another audience."},
	{jwt.ErrInvalidType, "The token's exp, nbf, iss or aud is of the wrong type."},
}

// explain turns the parser's error about a token into what the client is told. The parser's own
// words stay out of it: they quote the token.
func (v *Verifier) explain(token *jwt.Token, err error) error {
	if known, ok := errors.AsType[*models.Error](err); ok {
		return known
	}
	if errors.Is(err, jwt.ErrTokenMalformed) {
		return unauthenticated("The token is not a JWT.")
	}
	if token.Method == nil || !slices.Contains(v.algorithms, token.Method.Alg()) {
		return unauthenticated("The token's algorithm is not accepted.")
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return unauthenticated(r.message)
		}
	}
	// What is left is jwt.ErrTokenRequiredClaimMissing, which does not say which claim.
	return unauthenticated("The token lacks a claim. It must have " + v.required + ".")
}

func unauthenticated(message string) error {
	return &models.Error{Code: models.CodeUnauthenticated, Message: message}
}
