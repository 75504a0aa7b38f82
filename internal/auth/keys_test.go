package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"reelgraph/models"
)

const unavailable = "cannot answer right now"

func TestKinds(t *testing.T) {
	t.Parallel()
	c := newClock()
	r, e, d := newRSA("r"), newEC(t, "e"), newEd(t, "d")
	p := newProvider(t, set(t, r.jwk(t, "use", "sig", "alg", "RS256"), e.jwk(t), d.jwk(t)))
	keysAlone := verifier(t, p.config(), c)
	both := p.config()
	both.Secret = secret
	either := verifier(t, both, c)
	for _, v := range []*Verifier{keysAlone, either} {
		for _, k := range []issuerKey{r, e, d} {
			accepted(t, v, k.sign(t, c.good()))
			accepted(t, v, sign(t, k.method, k.private, c.good())) // no key id: any key may fit
			unaccepted(t, v, k.sign(t, c.good("exp", 1)), models.CodeUnauthenticated, "has expired")
			unaccepted(t, v, k.sign(t, c.good("iss", "x")), models.CodeUnauthenticated, "another issuer")
		}
		forged := newEd(t, "d")
		unaccepted(t, v, forged.sign(t, c.good()), models.CodeUnauthenticated, "signature is wrong")
		unaccepted(t, v, sign(t, forged.method, forged.private, c.good()), models.CodeUnauthenticated, "signature is wrong")
		unaccepted(t, v, sign(t, jwt.SigningMethodES256, e.private, c.good(), "kid", "d"), models.CodeUnauthenticated, "")
		unaccepted(t, v, sign(t, jwt.SigningMethodRS512, r.private, c.good(), "kid", "r"), models.CodeUnauthenticated, "algorithm is not accepted")
		unaccepted(t, v, sign(t, jwt.SigningMethodPS256, r.private, c.good(), "kid", "r"), models.CodeUnauthenticated, "algorithm is not accepted")
		unaccepted(t, v, sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c.good(), "kid", "r"), models.CodeUnauthenticated, "algorithm is not accepted")
	}
	confused := sign(t, jwt.SigningMethodHS256, rsaBytes(), c.good(), "kid", "r")
	unaccepted(t, keysAlone, confused, models.CodeUnauthenticated, "algorithm is not accepted")
	unaccepted(t, either, confused, models.CodeUnauthenticated, "signature is wrong")
	own := sign(t, jwt.SigningMethodHS256, secret, c.good(), "kid", "r")
	unaccepted(t, keysAlone, own, models.CodeUnauthenticated, "algorithm is not accepted")
	accepted(t, either, own)
	p.fetched(t, 2)
}

func TestOddKeysSpoilNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	good, secretive, mismatch := newEC(t, "good"), newEC(t, "enc"), newRSA("ps")
	p := newProvider(t, set(t,
		map[string]any{"kty": "oct", "kid": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
		map[string]any{"kty": "martian", "kid": "m"},
		map[string]any{"kty": "RSA", "kid": "broken"},
		map[string]any{"kty": 7},
		secretive.jwk(t, "use", "enc"),
		mismatch.jwk(t, "alg", "PS256"),
		good.jwk(t, "x5c", []string{"bm8gY2VydGlmaWNhdGU="}),
	))
	v := verifier(t, p.config(), c)
	accepted(t, v, good.sign(t, c.good()))
	unaccepted(t, v, sign(t, secretive.method, secretive.private, c.good()), models.CodeUnauthenticated, "signature is wrong")
	unaccepted(t, v, secretive.sign(t, c.good()), models.CodeUnauthenticated, "unknown key")
	unaccepted(t, v, mismatch.sign(t, c.good()), models.CodeUnauthenticated, "does not fit any key")
	unaccepted(t, v, sign(t, jwt.SigningMethodHS256, []byte("secretsecretsecretsecretsecret"), c.good(), "kid", "oct"), models.CodeUnauthenticated, "algorithm")
	for _, left := range []string{"oct", "m", "broken"} {
		unaccepted(t, v, sign(t, good.method, good.private, c.good(), "kid", left), models.CodeUnauthenticated, "unknown key")
	}
	numeric := jwt.NewWithClaims(good.method, c.good())
	numeric.Header["kid"] = 7
	token, err := numeric.SignedString(good.private)
	if err != nil {
		t.Fatal(err)
	}
	unaccepted(t, v, token, models.CodeUnauthenticated, "does not fit any key")
}

func TestRotation(t *testing.T) {
	t.Parallel()
	c := newClock()
	old, young := newRSA("old"), newEd(t, "young")
	p := newProvider(t, set(t, old.jwk(t)))
	v := verifier(t, p.config(), c)
	before, after := old.sign(t, c.good()), young.sign(t, c.good())
	first := accepted(t, v, before)
	if accepted(t, v, before) != first {
		t.Error("the token is not remembered")
	}
	p.fetched(t, 1)

	p.answer.Store(set(t, old.jwk(t), young.jwk(t)))
	accepted(t, v, after)
	p.fetched(t, 2)
	if accepted(t, v, before) == first {
		t.Error("the token was not judged again with the newer set")
	}
	p.fetched(t, 2)

	// The old key goes. Its token is remembered, and falls with the set.
	p.answer.Store(set(t, young.jwk(t)))
	c.advance(fetchPause)
	accepted(t, v, before)
	unaccepted(t, v, newEd(t, "nobody's").sign(t, c.good()), models.CodeUnauthenticated, "unknown key")
	unaccepted(t, v, before, models.CodeUnauthenticated, "unknown key")
	accepted(t, v, after)
	p.fetched(t, 3)
}

func TestWithdrawnKeysAreNoticedInTime(t *testing.T) {
	t.Parallel()
	c := newClock()
	k := newEd(t, "k")
	p := newProvider(t, set(t, k.jwk(t)))
	ctx, cancel := context.WithCancel(t.Context())
	v, err := newVerifier(ctx, p.config(), c.now)
	if err != nil {
		t.Fatal(err)
	}
	token := k.sign(t, c.good())
	accepted(t, v, token)
	p.answer.Store(set(t))
	tick, done := make(chan time.Time), make(chan struct{})
	go func() { v.keys.fetchOn(tick); close(done) }()
	tick <- time.Time{}
	tick <- time.Time{} // taken when the first is done
	unaccepted(t, v, token, models.CodeUnauthenticated, "unknown key")
	unaccepted(t, v, sign(t, k.method, k.private, c.good()), models.CodeUnauthenticated, "does not fit any key")
	cancel()
	<-done
}

func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	c := newClock()
	k := newEd(t, "k")
	p := newProvider(t, set(t, k.jwk(t)))
	v := verifier(t, p.config(), c)
	accepted(t, v, k.sign(t, c.good()))
	flood := func() {
		var group sync.WaitGroup
		for i := range 200 {
			token := sign(t, k.method, k.private, c.good(), "kid", fmt.Sprint("unknown ", i))
			group.Go(func() { unaccepted(t, v, token, models.CodeUnauthenticated, "unknown key") })
		}
		group.Wait()
	}
	flood()
	p.fetched(t, 2)
	c.advance(fetchPause - time.Second)
	flood()
	p.fetched(t, 2)
	c.advance(time.Second)
	flood()
	p.fetched(t, 3)
}

func TestProviderDownAtStart(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := newClock()
	k := newEd(t, "k")
	var log bytes.Buffer
	v := verifier(t, Config{
		Secret: secret, Audience: "reelgraph", JWKSURL: "http://name:pass-word@" + address + "/?key=value-of-key",
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}, c)
	token := k.sign(t, c.good())
	unaccepted(t, v, token, models.CodeServiceUnavailable, unavailable)
	accepted(t, v, sign(t, jwt.SigningMethodHS256, secret, c.good()))
	unaccepted(t, v, token, models.CodeServiceUnavailable, unavailable)

	p := &provider{}
	p.answer.Store(set(t, k.jwk(t)))
	p.Server = httptest.NewUnstartedServer(p)
	_ = p.Listener.Close()
	if p.Listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	p.Start()
	t.Cleanup(p.Close)
	c.advance(fetchPause)
	accepted(t, v, token)
	p.fetched(t, 1)
	if told := log.String(); !strings.Contains(told, "refused") || strings.Contains(told, "pass-word") || strings.Contains(told, "value-of-key") {
		t.Errorf("the log says %q", told)
	}
}

func TestProviderDownLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	k, other := newEd(t, "k"), newEd(t, "other")
	p := newProvider(t, set(t, k.jwk(t)))
	v := verifier(t, p.config(), c)
	accepted(t, v, k.sign(t, c.good()))
	p.answer.Store(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	for range 3 { // what cannot be looked up cannot be called wrong, nor what is known
		unaccepted(t, v, other.sign(t, c.good()), models.CodeServiceUnavailable, unavailable)
		accepted(t, v, k.sign(t, c.good("jti", "fresh")))
	}
	p.fetched(t, 2)
	p.answer.Store(set(t, other.jwk(t)))
	c.advance(fetchPause)
	accepted(t, v, other.sign(t, c.good()))
	p.fetched(t, 3)
}

func TestAnswersThatAreNoKeySet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer http.HandlerFunc
		cause  string
	}{
		"a page":        {text("<html>Sign in</html>"), "not a JWK Set"},
		"another JSON":  {text(`{"error": "x"}`), "no list of keys"},
		"null":          {text(`null`), "no list of keys"},
		"keys no list":  {text(`{"keys": {}}`), "not a JWK Set"},
		"cut off":       {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99") }, "EOF"},
		"not found":     {http.NotFound, "status 404"},
		"without limit": {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, "longer than 262144 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			p := newProvider(t, tt.answer)
			v := verifier(t, p.config(), c)
			_, err := v.Verify(t.Context(), newEd(t, "k").sign(t, c.good()))
			var known *models.Error
			if !errors.As(err, &known) || known.Code != models.CodeServiceUnavailable || !strings.Contains(fmt.Sprint(known.Cause), tt.cause) {
				t.Errorf("%v, want SERVICE_UNAVAILABLE for %q", err, tt.cause)
			}
		})
	}
}

// endless writes until the other side has had enough.
func endless(w http.ResponseWriter) {
	block := []byte(strings.Repeat(" ", 64<<10))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// TestProviderHangs takes as long as a fetch may take: that time is its subject.
func TestProviderHangs(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"silent": "", "in the middle": `{"keys": [`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			k := newEd(t, "k")
			p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
				if begin != "" {
					_, _ = w.Write([]byte(begin))
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			start := time.Now()
			v := verifier(t, p.config(), c)
			if took := time.Since(start); took > time.Second {
				t.Errorf("New took %v", took)
			}
			gone, leave := context.WithCancel(t.Context())
			leave()
			token := k.sign(t, c.good())
			_, err := v.Verify(gone, token)
			refused(t, token, err, models.CodeServiceUnavailable, unavailable)
			if took := time.Since(start); took > time.Second {
				t.Errorf("a caller who left was held for %v", took)
			}
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() { unaccepted(t, v, token, models.CodeServiceUnavailable, unavailable) })
			}
			group.Wait()
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("the answer took %v", took)
			}
			p.fetched(t, 1)
			p.answer.Store(set(t, k.jwk(t)))
			accepted(t, v, token)
		})
	}
}

func TestShutdownEndsFetches(t *testing.T) {
	t.Parallel()
	c := newClock()
	asked := make(chan struct{})
	p := newProvider(t, func(_ http.ResponseWriter, r *http.Request) { close(asked); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	cfg := p.config()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	v, err := newVerifier(ctx, cfg, c.now)
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	start := time.Now()
	cancel()
	unaccepted(t, v, newEd(t, "k").sign(t, c.good()), models.CodeServiceUnavailable, unavailable)
	if took := time.Since(start); took > time.Second {
		t.Errorf("the fetch went on for %v", took)
	}
	if log.Len() != 0 {
		t.Errorf("the log says %q", log.String())
	}
}
