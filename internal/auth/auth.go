// Package auth says who asks: it turns the token of a request into a models.Caller in the
// request's context. A token is signed with the server's own secret (HS256) or with a key of
// an identity provider (RS256, ES256 or EdDSA).
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"reelgraph/models"
)

const (
	// minSecretBytes is what RFC 7518 asks of a key for HS256: no less than the hash's size.
	minSecretBytes = 32
	// maxTokenBytes is far above any token that fits into the headers most proxies let pass.
	maxTokenBytes = 16 << 10
	// rememberedTokens costs about 3 MB when all are taken.
	rememberedTokens = 8192
)

// Config says whose tokens are good. Secret, JWKSURL or both must be set; where both are,
// either kind of token is good.
type Config struct {
	// Secret (JWT_SECRET) checks HS256 tokens; at least 32 bytes.
	Secret []byte
	// JWKSURL (JWT_JWKS_URL) is where an identity provider publishes its keys, which check
	// RS256, ES256 and EdDSA tokens. It needs Issuer or Audience: providers sign with the same
	// keys for many services.
	JWKSURL string
	// Issuer and Audience (JWT_ISSUER, JWT_AUDIENCE) are demanded of every token where set.
	Issuer, Audience string
	// Logger is told when keys cannot be fetched or used; nil tells nobody.
	Logger *slog.Logger
}

// Verifier judges tokens. It may be used by many goroutines at once.
type Verifier struct {
	secret     []byte
	keys       *keys // nil without a JWKSURL
	algorithms []string
	required   string // the claims that a token must have, for a message
	parser     *jwt.Parser
	now        func() time.Time
	remembered *lru.Cache[[sha256.Size]byte, verdict]
}

// verdict is what is remembered of a good token.
type verdict struct {
	caller *models.Caller
	// set is the set of keys that the token was checked with, nil where that was the secret. A
	// newer set ends the verdict, so that a token does not outlive its key.
	set *keySet
}

// New makes a Verifier. A setting that cannot be used is an error of one line that names it
// and does not repeat its value. The identity provider's keys are fetched in the background,
// so that a provider that is down or hangs holds up nothing; ctx ends that.
func New(ctx context.Context, cfg Config) (*Verifier, error) {
	return newVerifier(ctx, cfg, time.Now)
}

func newVerifier(ctx context.Context, cfg Config, now func() time.Time) (*Verifier, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	remembered, err := lru.New[[sha256.Size]byte, verdict](rememberedTokens)
	if err != nil {
		return nil, err
	}
	v := &Verifier{secret: cfg.Secret, required: "exp", now: now, remembered: remembered}
	if len(cfg.Secret) > 0 {
		v.algorithms = append(v.algorithms, jwt.SigningMethodHS256.Alg())
	}
	if cfg.JWKSURL != "" {
		v.algorithms = append(v.algorithms, jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg(), jwt.SigningMethodEdDSA.Alg())
	}
	options := []jwt.ParserOption{
		jwt.WithValidMethods(v.algorithms),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(),
	}
	if cfg.Issuer != "" {
		options = append(options, jwt.WithIssuer(cfg.Issuer))
		v.required += ", iss"
	}
	if cfg.Audience != "" {
		options = append(options, jwt.WithAudience(cfg.Audience))
		v.required += ", aud"
	}
	v.parser = jwt.NewParser(options...)
	if cfg.JWKSURL != "" {
		logger := cfg.Logger
		if logger == nil {
			logger = slog.New(slog.DiscardHandler)
		}
		v.keys = fetchKeys(ctx, cfg.JWKSURL, logger, now)
	}
	return v, nil
}

// check names every fault of the settings in one line.
func (c Config) check() error {
	var faults []string
	if len(c.Secret) == 0 && c.JWKSURL == "" {
		faults = append(faults, "JWT_SECRET or JWT_JWKS_URL is required")
	}
	if len(c.Secret) > 0 {
		if err := checkSecret(c.Secret); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if c.JWKSURL != "" {
		u, err := url.Parse(c.JWKSURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			faults = append(faults, "JWT_JWKS_URL must be an http or https URL")
		}
		if c.Issuer == "" && c.Audience == "" {
			faults = append(faults, "JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE")
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}

func checkSecret(secret []byte) error {
	if len(secret) < minSecretBytes {
		return fmt.Errorf("JWT_SECRET must have at least %d bytes, not %d", minSecretBytes, len(secret))
	}
	return nil
}

// Verify gives the caller whom a token speaks for. Every bad token, the empty one included, is
// a *models.Error with CodeUnauthenticated whose message says what is wrong without repeating
// any of it. Where the token cannot be judged because the identity provider's keys cannot be
// fetched, or ctx ends before they are, it is CodeServiceUnavailable; that takes at most
// fetchTimeout.
//
// A good token is remembered until it expires, a bad one never. The caller is shared by all
// who send the same token: do not change it.
func (v *Verifier) Verify(ctx context.Context, token string) (*models.Caller, error) {
	if len(token) > maxTokenBytes {
		return nil, unauthenticated("The token is too long.")
	}
	hash := sha256.Sum256([]byte(token))
	if known, ok := v.remembered.Get(hash); ok && v.stands(known) {
		return known.caller, nil
	}
	claims := jwt.MapClaims{}
	var set *keySet
	parsed, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (key any, err error) {
		if _, found := t.Header["crit"]; found { // RFC 7515: what is critical and not understood makes the token bad
			return nil, errCritical
		}
		if t.Method == jwt.SigningMethodHS256 {
			return v.secret, nil
		}
		key, set, err = v.keys.find(ctx, t)
		return key, err
	})
	if err != nil {
		return nil, v.explain(parsed, err)
	}
	caller, err := callerOf(claims)
	if err != nil {
		return nil, err
	}
	v.remembered.Add(hash, verdict{caller: caller, set: set})
	return caller, nil
}

// stands reports whether a verdict would be the same if the token were judged now.
func (v *Verifier) stands(known verdict) bool {
	return v.now().Before(known.caller.ExpiresAt) && (known.set == nil || known.set == v.keys.current.Load())
}
