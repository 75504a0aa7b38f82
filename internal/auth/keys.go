package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/sync/singleflight"

	"reelgraph/models"
)

const (
	// fetchTimeout leaves a request that waits for keys a second to be answered within 4 s.
	fetchTimeout = 3 * time.Second
	// fetchPause is the least time from the end of one fetch for an unknown key to the next.
	fetchPause = 3 * time.Second
	// fetchEvery is how long a key that its provider has withdrawn may live on unnoticed.
	fetchEvery = 15 * time.Minute
	// maxSetBytes has room for hundreds of keys; providers publish a handful.
	maxSetBytes = 256 << 10
)

// keySet is the answer of one fetch; it never changes.
type keySet struct{ keyfunc.Keyfunc }

// keys are an identity provider's. The library's own HTTP storage is not used: it holds up the
// start while the provider hangs, reads bodies of any size, fetches once for each waiting
// token, answers a failed fetch like an unknown key, and drops the set for one odd key.
type keys struct {
	ctx     context.Context // ends the fetches
	url     string
	logger  *slog.Logger
	now     func() time.Time
	current atomic.Pointer[keySet] // nil before the first fetch that succeeded
	flights singleflight.Group     // one fetch at a time, shared by all who want one
	// The fields below belong to whoever is in flight.
	rest   time.Time // an unknown key fetches nothing before
	failed error     // why the last fetch failed, nil if it did not
}

// fetchKeys starts fetching the keys at url, now and then regularly, until ctx ends.
func fetchKeys(ctx context.Context, url string, logger *slog.Logger, now func() time.Time) *keys {
	k := &keys{ctx: ctx, url: url, logger: logger, now: now}
	// The flight has begun when this returns, so that the first tokens wait for it.
	k.flights.DoChan("", k.fetch)
	go func() {
		ticker := time.NewTicker(fetchEvery)
		defer ticker.Stop()
		k.fetchOn(ticker.C)
	}()
	return k
}

func (k *keys) fetchOn(tick <-chan time.Time) {
	for {
		select {
		case <-k.ctx.Done():
			return
		case <-tick:
			_, _, _ = k.flights.Do("", k.fetch) // has told the log
		}
	}
}

// find gives the key, or the jwt.VerificationKeySet of all keys, that may have signed the
// token, and the set it is from. A key id that the set lacks has the set fetched again first; a
// token without a key id may be signed with any key and fetches only the first set.
// Errors: SERVICE_UNAVAILABLE where that fails or ctx ends, jwkset.ErrKeyNotFound where the
// fresh set lacks the key too.
func (k *keys) find(ctx context.Context, token *jwt.Token) (key any, set *keySet, err error) {
	if set = k.current.Load(); set != nil {
		key, err = set.KeyfuncCtx(ctx)(token)
		if !errors.Is(err, jwkset.ErrKeyNotFound) {
			return key, set, err
		}
	}
	if err := k.fetchUnlessFresh(ctx); err != nil {
		return nil, nil, models.Unavailable(err)
	}
	set = k.current.Load()
	key, err = set.KeyfuncCtx(ctx)(token)
	return key, set, err
}

// fetchUnlessFresh waits for a fetch that is under way or begins one. In the pause after one
// that it began, it gives the last fetch's result instead: a flood of unknown key ids costs
// the provider one fetch a pause, and those who send them no wait.
func (k *keys) fetchUnlessFresh(ctx context.Context) error {
	flight := k.flights.DoChan("", func() (any, error) {
		if k.now().Before(k.rest) {
			return nil, k.failed
		}
		_, err := k.fetch()
		k.rest = k.now().Add(fetchPause)
		return nil, err
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case result := <-flight:
		return result.Err
	}
}

// fetch replaces the set by the provider's, and keeps it where that fails: a provider that is
// down for a while does not sign everybody out. To be called in flight alone. The first result
// is always nil; it is there for singleflight.
func (k *keys) fetch() (any, error) {
	ctx, cancel := context.WithTimeout(k.ctx, fetchTimeout)
	defer cancel()
	body, err := k.download(ctx)
	var set *keySet
	if err == nil {
		set, err = k.parse(ctx, body)
	}
	if k.failed = err; err != nil {
		if k.ctx.Err() == nil {
			k.logger.WarnContext(ctx, "cannot fetch the identity provider's keys", "error", err)
		}
		return nil, err
	}
	k.current.Store(set)
	return nil, nil
}

func (k *keys) download(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Close = true // fetches are rare: each begins with a connection that is known to be alive
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if withURL, ok := errors.AsType[*url.Error](err); ok { // the URL may carry a credential, and this goes to the log
			err = withURL.Err
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer has status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSetBytes+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxSetBytes {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxSetBytes)
	}
	return body, nil
}

// parse reads a JWK Set. As RFC 7517 has it, keys that cannot be used are left out, and so are
// those that are not for signatures. A set without any key is one; an answer without the
// member "keys" is none.
func (k *keys) parse(ctx context.Context, body []byte) (*keySet, error) {
	var answer struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("the answer is not a JWK Set in JSON")
	}
	if answer.Keys == nil {
		return nil, errors.New("the answer has no list of keys")
	}
	storage := jwkset.NewMemoryStorage()
	unusable := 0
	for _, raw := range answer.Keys {
		jwk, err := parseKey(raw)
		if err != nil {
			unusable++
			continue
		}
		if use := jwk.Marshal().USE; use != "" && use != jwkset.UseSig {
			continue
		}
		if err := storage.KeyWrite(ctx, jwk); err != nil {
			return nil, err
		}
	}
	if unusable > 0 {
		k.logger.InfoContext(ctx, "the identity provider has keys that cannot be used", "unusable", unusable, "keys", len(answer.Keys))
	}
	set, err := keyfunc.New(keyfunc.Options{Storage: storage})
	return &keySet{set}, err
}

// parseKey reads a public key. Symmetric keys are errors here, so that no HMAC can ever be
// checked with a published key.
func parseKey(raw json.RawMessage) (jwkset.JWK, error) {
	var marshal jwkset.JWKMarshal
	if err := json.Unmarshal(raw, &marshal); err != nil {
		return jwkset.JWK{}, err
	}
	marshal.X5C = nil // the key is trusted for where it came from; an odd certificate must not spoil it
	return jwkset.NewJWKFromMarshal(marshal, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
}
