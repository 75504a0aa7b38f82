package server

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"reelgraph/models"
)

// networks are written with spaces between them.
func networks(t testing.TB, text string) []netip.Prefix {
	t.Helper()
	var list []netip.Prefix
	for field := range strings.FieldsSeq(text) {
		list = append(list, netip.MustParsePrefix(field))
	}
	return list
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies, peer string
		forwarded     []string
		want          string
	}{
		"a peer":                              {"", "192.0.2.1:4711", nil, "192.0.2.1"},
		"a peer of IPv6":                      {"", "[2001:db8::1]:4711", nil, "2001:db8::1"},
		"a peer with a zone":                  {"", "[fe80::1%eth0]:4711", nil, "fe80::1"},
		"a peer of IPv4 on a socket of IPv6":  {"", "[::ffff:192.0.2.1]:4711", nil, "192.0.2.1"},
		"a peer without an address":           {"0.0.0.0/0 ::/0", "@", []string{"192.0.2.9"}, "invalid IP"},
		"nobody is trusted":                   {"", "192.0.2.1:1", []string{"192.0.2.9"}, "192.0.2.1"},
		"another is trusted":                  {"10.0.0.0/8", "192.0.2.1:1", []string{"192.0.2.9"}, "192.0.2.1"},
		"a proxy that says nothing":           {"10.0.0.0/8", "10.0.0.1:1", nil, "10.0.0.1"},
		"a proxy that says nothing in words":  {"10.0.0.0/8", "10.0.0.1:1", []string{""}, "10.0.0.1"},
		"one proxy":                           {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9"}, "192.0.2.9"},
		"one proxy, and what the client said": {"10.0.0.0/8", "10.0.0.1:1", []string{"203.0.113.7, 192.0.2.9"}, "192.0.2.9"},
		"a client that speaks for a proxy":    {"10.0.0.0/8", "10.0.0.1:1", []string{"203.0.113.7,10.0.0.2 ,192.0.2.9"}, "192.0.2.9"},
		"two proxies":                         {"10.0.0.0/8 172.16.0.0/12", "10.0.0.1:1", []string{"203.0.113.7, 192.0.2.9,172.16.0.1"}, "192.0.2.9"},
		"one header each":                     {"10.0.0.0/8 172.16.0.0/12", "10.0.0.1:1", []string{"203.0.113.7, 192.0.2.9", "172.16.0.1"}, "192.0.2.9"},
		"all of them trusted":                 {"10.0.0.0/8", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"everybody trusted":                   {"0.0.0.0/0", "10.0.0.1:1", []string{"203.0.113.7, 192.0.2.9"}, "203.0.113.7"},
		"trusted by its mapped address":       {"10.0.0.0/8", "[::ffff:10.0.0.1]:1", []string{"192.0.2.9"}, "192.0.2.9"},
		"no address":                          {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9, unknown"}, "10.0.0.1"},
		"no address behind a proxy":           {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9, -,10.0.0.2"}, "10.0.0.2"},
		"empty entries":                       {"10.0.0.0/8", "10.0.0.1:1", []string{", 192.0.2.9, ,10.0.0.2,", " ", ""}, "192.0.2.9"},
		"nothing but empty entries":           {"10.0.0.0/8", "10.0.0.1:1", []string{" ,, "}, "10.0.0.1"},
		"no address before an untrusted one":  {"10.0.0.0/8", "10.0.0.1:1", []string{"unknown, 192.0.2.9"}, "192.0.2.9"},
		"IPv4 with a port":                    {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9:4711"}, "192.0.2.9"},
		"IPv6":                                {"10.0.0.0/8", "10.0.0.1:1", []string{"2001:DB8::9"}, "2001:db8::9"},
		"IPv6 with a port":                    {"10.0.0.0/8", "10.0.0.1:1", []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		"IPv6 in brackets":                    {"10.0.0.0/8", "10.0.0.1:1", []string{"[2001:db8::9]"}, "2001:db8::9"},
		"IPv6 with a zone":                    {"fe80::/10", "[fe80::1%eth0]:1", []string{"[fe80::2%eth1]:1, fe80::3%eth1"}, "fe80::2"},
		"IPv4 as IPv6":                        {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9, ::ffff:10.0.0.2"}, "192.0.2.9"},
		"no port":                             {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9:"}, "10.0.0.1"},
		"a port too high":                     {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.9:65536"}, "10.0.0.1"},
		"IPv4 in brackets":                    {"10.0.0.0/8", "10.0.0.1:1", []string{"[192.0.2.9]"}, "10.0.0.1"},
		"octal":                               {"10.0.0.0/8", "10.0.0.1:1", []string{"192.0.2.09"}, "10.0.0.1"},
		"as Forwarded has it":                 {"10.0.0.0/8", "10.0.0.1:1", []string{`for="192.0.2.9"`}, "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := clientAddress(test.peer, test.forwarded, networks(t, test.proxies)); got.String() != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// FuzzForwarded reads X-Forwarded-For as a proxy passes it on, behind which somebody may have written anything.
func FuzzForwarded(f *testing.F) {
	for _, text := range []string{
		"", ",", " , ", "192.0.2.9", "203.0.113.7, 192.0.2.9", "10.0.0.2,10.0.0.3", "[2001:db8::9]:4711", "::ffff:10.0.0.2", "fe80::1%eth0", "[fe80::1%]:1",
		"unknown", "192.0.2.9:65536", "[192.0.2.9]", "]", "[]", ":", "%", "\x00", "\xff", "1.2.3.4,\t10.0.0.1", strings.Repeat("10.0.0.1,", 1000), `for="_x"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		proxies := networks(t, "10.0.0.0/8")
		const peer = "10.0.0.1:1"
		got := clientAddress(peer, []string{text}, proxies)
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q makes the address %v", text, got)
		}
		if again, ok := parseHop(got.String()); !ok || again != got {
			t.Errorf("%v is read as %v", got, again)
		}
		if stranger := clientAddress("192.0.2.1:1", []string{text}, proxies); stranger.String() != "192.0.2.1" {
			t.Errorf("a stranger is believed to be %v", stranger)
		}
		if first, rest, several := strings.Cut(text, ","); several && clientAddress(peer, []string{first, rest}, proxies) != got {
			t.Error("in two headers it says something else than in one")
		}
		// What a proxy adds is what counts, whatever stood there.
		if added := clientAddress(peer, []string{text + ", 192.0.2.9"}, proxies); added.String() != "192.0.2.9" {
			t.Errorf("behind %q, 192.0.2.9 is taken for %v", text, added)
		}
		if added := clientAddress(peer, []string{text, "10.9.9.9"}, proxies); text != "" && parsesLast(text) && added != got {
			t.Errorf("through one more proxy, %v becomes %v", got, added)
		}
	})
}

// parsesLast reports whether the last entry is an address.
func parsesLast(text string) bool {
	_, ok := parseHop(strings.TrimSpace(text[strings.LastIndexByte(text, ',')+1:]))
	return ok
}

// TestRequestsAreLocated asks what resolvers see, over HTTP and over a socket.
func TestRequestsAreLocated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies, want string
	}{
		"nobody is trusted": {"", "127.0.0.1"},
		"the peer is":       {"127.0.0.0/8 ::1/128", "192.0.2.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema := newTestSchema()
			schema.fields["caller"] = func(ctx context.Context, _ map[string]any) (any, error) {
				return models.AddressFrom(ctx).String(), nil
			}
			url, log := start(t, func(o *Options) {
				o.Executor, o.TrustedProxies = newTestExecutor(schema), networks(t, test.proxies)
			})
			const forged = "X-Forwarded-For: 203.0.113.7, 192.0.2.9"
			want := `{"data":{"caller":"` + test.want + `"}}`
			if _, body := query(t, url, "{ caller }", forged); body != want {
				t.Errorf("%s, want %s", body, want)
			}
			dial(t, url, modern, forged).play("> "+initMessage, "< "+ackMessage,
				"> "+subscribe("1", "{ caller }"), `< {"type":"next","id":"1","payload":`+want+`}`)
			dial(t, url, legacy, forged).play("> "+initMessage, "< "+ackMessage, `< {"type":"ka"}`,
				`> {"id":"1","type":"start","payload":{"query":"{ caller }"}}`, `< {"type":"data","id":"1","payload":`+want+`}`)
			for _, address := range []string{"192.0.2.9", "203.0.113.7", "127.0.0.1"} {
				if strings.Contains(log.String(), address) {
					t.Errorf("the log has the address %s:\n%s", address, log)
				}
			}
		})
	}
}

// TestStreamsAreCountedByClient opens streams through a proxy, which must not count as one caller.
func TestStreamsAreCountedByClient(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies string
		status  int
	}{
		"trusted":   {"127.0.0.0/8 ::1/128", 200},
		"untrusted": {"", 429},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := streaming(t, patience, func(o *Options) { o.MaxStreams, o.TrustedProxies = 1, networks(t, test.proxies) }, nil)
			first := r.open(t, "a", asEvents, "X-Forwarded-For: 192.0.2.1")
			first.expect(":\n\n")
			if got := r.open(t, "b", asEvents, "X-Forwarded-For: 192.0.2.2").response.StatusCode; got != test.status {
				t.Errorf("another client: %d", got)
			}
			if got := r.open(t, "b", asEvents, "X-Forwarded-For: 192.0.2.1").response.StatusCode; got != 429 {
				t.Errorf("the same client: %d", got)
			}
			c := dial(t, "http://"+r.address, modern, "X-Forwarded-For: 192.0.2.1")
			c.play("> "+initMessage, "x 1013 RATE_LIMITED: "+tooManyStreams.message)
			if test.status == 200 {
				dial(t, "http://"+r.address, modern, "X-Forwarded-For: 192.0.2.3").play("> "+initMessage, "< "+ackMessage)
			}
		})
	}
}

func BenchmarkClientAddress(b *testing.B) {
	proxies := networks(b, "10.0.0.0/8")
	b.ReportAllocs()
	for b.Loop() {
		_ = clientAddress("10.0.0.1:4711", []string{"203.0.113.7, 192.0.2.9"}, proxies)
	}
}
