package auth

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func BenchmarkVerify(b *testing.B) {
	c := newClock()
	r, e, d := newRSA("r"), newEC(b, "e"), newEd(b, "d")
	p := newProvider(b, set(b, r.jwk(b), e.jwk(b), d.jwk(b)))
	cfg := p.config()
	cfg.Secret = secret
	v := verifier(b, cfg, c)
	claims := c.good("roles", []string{"ADMIN"})
	for _, kind := range []struct{ name, token string }{
		{"HS256", sign(b, jwt.SigningMethodHS256, secret, claims)},
		{"RS256", r.sign(b, claims)},
		{"ES256", e.sign(b, claims)},
		{"EdDSA", d.sign(b, claims)},
	} {
		b.Run(kind.name+"/remembered", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				accepted(b, v, kind.token)
			}
		})
		b.Run(kind.name+"/judged", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.remembered.Purge()
				accepted(b, v, kind.token)
			}
		})
	}
}
