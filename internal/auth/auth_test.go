package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

const user = "0190a4b2-7c1d-7e3f-8a5b-c6d7e8f90a1b"

var secret = []byte("a secret of no less than 32 bytes")

// clock is a time that stands still until a test moves it.
type clock struct{ unix atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.unix.Store(1_800_000_000)
	return c
}

func (c *clock) now() time.Time          { return time.Unix(c.unix.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.unix.Add(int64(d / time.Second)) }

// good are claims with which a token is good for an hour of the clock's, with changes: name,
// value, name, value. The value nil takes a claim away.
func (c *clock) good(changes ...any) jwt.MapClaims {
	claims := jwt.MapClaims{
		"sub": user, "exp": c.now().Add(time.Hour).Unix(),
		"iss": "https://id.example", "aud": []string{"other", "reelgraph"},
	}
	for i := 0; i < len(changes); i += 2 {
		if claims[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(claims, changes[i].(string))
		}
	}
	return claims
}

func sign(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims, header ...string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signText signs a payload as it is, so that it can be JSON of any kind.
func signText(t testing.TB, header, payload string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	signature, err := jwt.SigningMethodHS256.Sign(text, secret)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func verifier(t testing.TB, cfg Config, c *clock) *Verifier {
	t.Helper()
	v, err := newVerifier(t.Context(), cfg, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused checks that err has the code and says the part of a message, and nothing of the token.
func refused(t testing.TB, token string, err error, code models.Code, says string) {
	t.Helper()
	var known *models.Error
	if !errors.As(err, &known) {
		t.Fatalf("error %v, want a *models.Error that says %q", err, says)
	}
	if known.Code != code || !strings.Contains(known.Message, says) {
		t.Errorf("%s: %s, want %s: …%s…", known.Code, known.Message, code, says)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	const jwks = "https://id.example/keys"
	tests := map[string]struct {
		cfg  Config
		want string
	}{
		"nothing":          {Config{}, "JWT_SECRET or JWT_JWKS_URL is required"},
		"short secret":     {Config{Secret: []byte("hunter2")}, "JWT_SECRET must have at least 32 bytes, not 7"},
		"another scheme":   {Config{JWKSURL: "ftp://id.example/keys", Issuer: "i"}, "JWT_JWKS_URL must be an http or https URL"},
		"no scheme":        {Config{JWKSURL: "id.example/keys", Issuer: "i"}, "JWT_JWKS_URL must be an http or https URL"},
		"no host":          {Config{JWKSURL: "https:///keys", Issuer: "i"}, "JWT_JWKS_URL must be an http or https URL"},
		"no URL":           {Config{JWKSURL: "http://a b:c", Issuer: "i"}, "JWT_JWKS_URL must be an http or https URL"},
		"for any service":  {Config{JWKSURL: jwks}, "JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE"},
		"several":          {Config{Secret: []byte("x"), JWKSURL: "x"}, "JWT_SECRET must have at least 32 bytes, not 1; JWT_JWKS_URL must be an http or https URL; JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE"},
		"secret":           {Config{Secret: secret}, ""},
		"keys by issuer":   {Config{JWKSURL: jwks, Issuer: "i"}, ""},
		"keys by audience": {Config{JWKSURL: "HTTP://id.example", Audience: "a"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.cfg.check()
			if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
				t.Errorf("check says %q, want %q", got, tt.want)
			}
			if tt.want != "" {
				if _, err := New(t.Context(), tt.cfg); err == nil {
					t.Error("New takes it")
				}
			}
		})
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	c := newClock()
	now := c.now().Unix()
	v := verifier(t, Config{Secret: secret, Issuer: "https://id.example", Audience: "reelgraph"}, c)
	tests := map[string]struct {
		claims jwt.MapClaims
		roles  []models.Role
		says   string // empty where the token is good
	}{
		"plain":              {claims: c.good()},
		"sub in upper case":  {claims: c.good("sub", strings.ToUpper(user))},
		"sub missing":        {claims: c.good("sub", nil), says: "no sub"},
		"sub a number":       {claims: c.good("sub", 7), says: "no sub"},
		"sub empty":          {claims: c.good("sub", ""), says: "sub is not a UUID"},
		"sub a name":         {claims: c.good("sub", "alice"), says: "sub is not a UUID"},
		"sub a URN":          {claims: c.good("sub", "urn:uuid:"+user), says: "sub is not a UUID"},
		"sub without dashes": {claims: c.good("sub", strings.ReplaceAll(user, "-", "")), says: "sub is not a UUID"},

		"roles":                   {claims: c.good("roles", []string{"ADMIN", "WORKER"}), roles: []models.Role{models.RoleAdmin, models.RoleWorker}},
		"roles empty":             {claims: c.good("roles", []string{})},
		"roles unknown":           {claims: c.good("roles", []string{"offline_access", "admin", "SERVICE"}), roles: []models.Role{models.RoleService}},
		"roles twice":             {claims: c.good("roles", []string{"ADMIN", "ADMIN"}), roles: []models.Role{models.RoleAdmin}},
		"roles a string":          {claims: c.good("roles", "ADMIN"), says: "roles are not a list"},
		"roles with a number":     {claims: c.good("roles", []any{"ADMIN", 1}), says: "roles are not a list"},
		"roles an object":         {claims: c.good("roles", map[string]any{"ADMIN": true}), says: "roles are not a list"},
		"claims are exact":        {claims: c.good("Roles", []string{"ADMIN"}, "EXP", now-10)},
		"claims are exact in sub": {claims: c.good("Sub", user, "sub", nil), says: "no sub"},

		"exp missing":          {claims: c.good("exp", nil), says: "must have exp, iss, aud."},
		"exp null":             {claims: c.good("exp", jwt.ClaimStrings(nil)), says: "wrong type"},
		"exp a string":         {claims: c.good("exp", fmt.Sprint(now+60)), says: "wrong type"},
		"exp in a second":      {claims: c.good("exp", now+1)},
		"exp now":              {claims: c.good("exp", now), says: "has expired"},
		"exp past":             {claims: c.good("exp", now-1), says: "has expired"},
		"exp negative":         {claims: c.good("exp", -1), says: "has expired"},
		"exp in milliseconds":  {claims: c.good("exp", now*1000), says: "exp is out of range"},
		"nbf now":              {claims: c.good("nbf", now)},
		"nbf to come":          {claims: c.good("nbf", now+1), says: "not valid yet"},
		"nbf a string":         {claims: c.good("nbf", fmt.Sprint(now)), says: "wrong type"},
		"nbf never":            {claims: c.good("nbf", 1e300), says: "n"}, // which words depends on how the machine overflows
		"iat to come":          {claims: c.good("iat", now+60)},
		"iss missing":          {claims: c.good("iss", nil), says: "must have exp, iss, aud."},
		"iss of another":       {claims: c.good("iss", "https://id.example/"), says: "another issuer"},
		"iss a list":           {claims: c.good("iss", []string{"https://id.example"}), says: "wrong type"},
		"aud missing":          {claims: c.good("aud", nil), says: "must have exp, iss, aud."},
		"aud alone":            {claims: c.good("aud", "reelgraph")},
		"aud of another":       {claims: c.good("aud", []string{"reelgraph2"}), says: "another audience"},
		"aud with a number":    {claims: c.good("aud", []any{"reelgraph", 1}), says: "wrong type"},
		"expired, from others": {claims: c.good("exp", now-1, "iss", "x"), says: "has expired"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := sign(t, jwt.SigningMethodHS256, secret, tt.claims)
			caller, err := v.Verify(t.Context(), token)
			if tt.says != "" {
				refused(t, token, err, models.CodeUnauthenticated, tt.says)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			id, _ := models.ParseID(user)
			want := &models.Caller{ID: id, Roles: tt.roles, ExpiresAt: time.Unix(tt.claims["exp"].(int64), 0).UTC()}
			if diff := cmp.Diff(want, caller); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIssuerAndAudienceAreFreeWhereNotSet(t *testing.T) {
	t.Parallel()
	c := newClock()
	v := verifier(t, Config{Secret: secret}, c)
	token := sign(t, jwt.SigningMethodHS256, secret, c.good("iss", nil, "aud", 5))
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	c := newClock()
	v := verifier(t, Config{Secret: secret}, c)
	const header = `{"alg":"HS256","typ":"JWT"}`
	payload := fmt.Sprintf(`{"sub":%q,"exp":%d}`, user, c.now().Unix()+60)
	good := signText(t, header, payload)
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	unsigned := good[:strings.LastIndexByte(good, '.')]
	// The last character of a 32-byte signature has two bits that say nothing; they must be 0.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[len(good)-1])
	odd := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last+1])

	tests := map[string]struct{ token, says string }{
		"empty":                 {"", "not a JWT"},
		"garbage":               {"garbage", "not a JWT"},
		"three empty segments":  {"..", "not a JWT"},
		"a fourth segment":      {good + ".x", "not a JWT"},
		"two segments":          {unsigned, "not a JWT"},
		"without signature":     {unsigned + ".", "signature is wrong"},
		"odd end":               {odd, "not a JWT"},
		"not base64":            {"a.b!.c", "not a JWT"},
		"spaces":                {good + " " + good, "not a JWT"},
		"header no object":      {signText(t, `[]`, payload), "not a JWT"},
		"header null":           {signText(t, `null`, payload), "algorithm is not accepted"},
		"claims no object":      {signText(t, header, `"x"`), "not a JWT"},
		"claims null":           {signText(t, header, `null`), "must have exp."},
		"roles null":            {signText(t, header, strings.Replace(payload, "{", `{"roles":null,`, 1)), "roles are not a list"},
		"exp null":              {signText(t, header, fmt.Sprintf(`{"sub":%q,"exp":null}`, user)), "wrong type"},
		"no alg":                {signText(t, `{"typ":"JWT"}`, payload), "algorithm is not accepted"},
		"alg a number":          {signText(t, `{"alg":256}`, payload), "algorithm is not accepted"},
		"alg unknown":           {signText(t, `{"alg":"hs256"}`, payload), "algorithm is not accepted"},
		"alg none, signed":      {signText(t, `{"alg":"none"}`, payload), "algorithm is not accepted"},
		"critical header":       {signText(t, `{"alg":"HS256","crit":["b64"],"b64":true}`, payload), "crit"},
		"another secret":        {sign(t, jwt.SigningMethodHS256, []byte("another secret of at least 32 bytes"), c.good()), "signature is wrong"},
		"HS512":                 {sign(t, jwt.SigningMethodHS512, secret, c.good()), "algorithm is not accepted"},
		"RS256 without JWKS":    {sign(t, jwt.SigningMethodRS256, rsaKey(), c.good(), "kid", "r"), "algorithm is not accepted"},
		"alg none":              {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c.good()), "algorithm is not accepted"},
		"longer than the limit": {sign(t, jwt.SigningMethodHS256, secret, c.good("x", strings.Repeat("x", 12<<10))), "too long"},
		"expired before no sub": {sign(t, jwt.SigningMethodHS256, secret, c.good("exp", 1, "sub", nil)), "has expired"},
		"bad before it expired": {sign(t, jwt.SigningMethodHS256, rsaBytes(), c.good("exp", 1)), "signature is wrong"},
		"signed by the RSA key": {sign(t, jwt.SigningMethodHS256, rsaBytes(), c.good()), "signature is wrong"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(t.Context(), tt.token)
			refused(t, tt.token, err, models.CodeUnauthenticated, tt.says)
		})
	}

	long := sign(t, jwt.SigningMethodHS256, secret, c.good("groups", strings.Repeat("x", 11<<10)))
	if _, err := v.Verify(t.Context(), long); err != nil {
		t.Errorf("a token of %d bytes: %v", len(long), err)
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	config := Config{Secret: secret, Issuer: "https://id.example.com", Audience: "reelgraph"}
	v, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := models.ParseID(user)
	expires := time.Now().Add(time.Hour)
	for _, roles := range [][]models.Role{nil, {models.RoleAdmin, models.RoleUser}} {
		token, err := config.Sign(models.Caller{ID: id, Roles: roles, ExpiresAt: expires})
		if err != nil {
			t.Fatal(err)
		}
		caller, err := v.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		want := &models.Caller{ID: id, Roles: roles, ExpiresAt: expires.UTC().Truncate(time.Second)}
		if diff := cmp.Diff(want, caller); diff != "" {
			t.Errorf("caller (-want +got):\n%s", diff)
		}
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
			t.Fatal(err)
		}
		if _, isList := claims["roles"].([]any); !isList || claims["iat"] == nil {
			t.Errorf("claims %v lack a list of roles or iat", claims)
		}
	}
	if _, err := (Config{Secret: []byte("short")}).Sign(models.Caller{}); err == nil || !strings.Contains(err.Error(), "JWT_SECRET") {
		t.Errorf("Sign with a short secret: %v", err)
	}
}

func TestRemembered(t *testing.T) {
	t.Parallel()
	c := newClock()
	v := verifier(t, Config{Secret: secret}, c)
	token := sign(t, jwt.SigningMethodHS256, secret, c.good())
	first, err := v.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := v.Verify(t.Context(), token); err != nil || again != first {
		t.Errorf("again: %p %v, want the same caller %p", again, err, first)
	}
	c.advance(time.Hour - time.Second)
	if again, err := v.Verify(t.Context(), token); err != nil || again != first {
		t.Errorf("in its last second: %p %v, want the same caller %p", again, err, first)
	}
	c.advance(time.Second)
	_, err = v.Verify(t.Context(), token)
	refused(t, token, err, models.CodeUnauthenticated, "has expired")

	v.remembered.Purge()
	bad := sign(t, jwt.SigningMethodHS256, rsaBytes(), c.good())
	_, err = v.Verify(t.Context(), bad)
	refused(t, bad, err, models.CodeUnauthenticated, "signature is wrong")
	if n := v.remembered.Len(); n != 0 {
		t.Errorf("%d bad tokens are remembered", n)
	}

	for i := range rememberedTokens + 10 {
		if _, err := v.Verify(t.Context(), sign(t, jwt.SigningMethodHS256, secret, c.good("jti", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := v.remembered.Len(); n != rememberedTokens {
		t.Errorf("%d tokens are remembered, want %d", n, rememberedTokens)
	}
}
