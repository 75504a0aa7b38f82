package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"reelgraph/models"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// rsaBytes is the public RSA key as text, with which an attacker would sign HS256.
func rsaBytes() []byte {
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// issuerKey is a key with which a provider signs.
type issuerKey struct {
	id      string
	method  jwt.SigningMethod
	private crypto.Signer
}

func newEd(t testing.TB, id string) issuerKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issuerKey{id, jwt.SigningMethodEdDSA, key}
}

func newEC(t testing.TB, id string) issuerKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issuerKey{id, jwt.SigningMethodES256, key}
}

func newRSA(id string) issuerKey { return issuerKey{id, jwt.SigningMethodRS256, rsaKey()} }

func (k issuerKey) sign(t testing.TB, claims jwt.Claims) string {
	t.Helper()
	return sign(t, k.method, k.private, claims, "kid", k.id)
}

// jwk is the public half, with members added or replaced: name, value, name, value.
func (k issuerKey) jwk(t testing.TB, changes ...any) map[string]any {
	t.Helper()
	key, err := jwkset.NewJWKFromKey(k.private.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: k.id}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(key.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i].(string)] = changes[i+1]
	}
	return members
}

// provider is an identity provider whose answer can be changed.
type provider struct {
	*httptest.Server
	requests atomic.Int64
	answer   atomic.Value // http.HandlerFunc
}

func newProvider(t testing.TB, answer http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.answer.Store(answer)
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	p.answer.Load().(http.HandlerFunc)(w, r)
}

func (p *provider) config() Config {
	return Config{JWKSURL: p.URL, Issuer: "https://id.example", Logger: slog.New(slog.DiscardHandler)}
}

func (p *provider) fetched(t testing.TB, want int64) {
	t.Helper()
	if got := p.requests.Load(); got != want {
		t.Errorf("the provider was asked %d times, want %d", got, want)
	}
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func set(t testing.TB, jwks ...map[string]any) http.HandlerFunc {
	t.Helper()
	if jwks == nil {
		jwks = []map[string]any{}
	}
	body, err := json.Marshal(map[string]any{"keys": jwks})
	if err != nil {
		t.Fatal(err)
	}
	return text(string(body))
}

func accepted(t testing.TB, v *Verifier, token string) *models.Caller {
	t.Helper()
	caller, err := v.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

func unaccepted(t testing.TB, v *Verifier, token string, code models.Code, says string) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	refused(t, token, err, code, says)
}
