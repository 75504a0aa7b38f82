package main

import (
	"net/http"
	"testing"
	"time"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// everyKindOfRead goes to the database by each way that there is: batches by id, lists, counts.
const everyKindOfRead = `{
	videosMetadata(ids: ["` + someVideo + `"]) { viewCount }
	videos(ids: ["` + someVideo + `"]) { title owner { handle } }
	aiJobs(ids: ["` + someVideo + `"]) { status queuePosition }
	notificationsByIds(ids: ["` + someVideo + `"]) { title }
	feed { nodes { title owner { handle } metadata { viewCount } } }
	trendingVideos { nodes { title } }
	myAIJobs { nodes { status } }
	notifications { nodes { title } unread { total } }
	blockedUsers { nodes { handle } }
	me { handle }
}`

func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct{ begin, end func(*relay, *testing.T) }{
		"connections are refused": {(*relay).cut, (*relay).mend},
		"connections hang":        {(*relay).hang, (*relay).mend},
		"connections hang, then are refused": {
			func(r *relay, t *testing.T) { r.hang(t); r.cut(t) }, (*relay).mend,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := testdb.PostgreSQL(t)
			settings := serving(t, db)
			relay := newRelay(t, db.URL)
			settings["DATABASE_URL"] = relay.url
			p := start(t, settings)
			token := tokenFor(t, "--user", someone)
			before := p.mustAsk(t, token, everyKindOfRead)

			outage.begin(relay, t)
			// The first goes out on connections of the pool, the second needs new ones.
			for range 2 {
				fails(t, p, token)
			}
			if status, _ := p.get(t, "/healthz"); status != http.StatusOK {
				t.Errorf("/healthz is %d", status)
			}
			if status, body := p.get(t, "/readyz"); status != http.StatusServiceUnavailable {
				t.Errorf("/readyz is %d: %s", status, body)
			}

			outage.end(relay, t)
			eventually(t, "it works again", func() bool {
				a, err := p.ask(t.Context(), token, everyKindOfRead)
				return err == nil && a.Status == http.StatusOK && a.Body == before.Body
			})
			eventually(t, "/readyz is 200", func() bool {
				status, _ := p.get(t, "/readyz")
				return status == http.StatusOK
			})
		})
	}
}

// fails asks for everything, and wants each field to fail as unavailable, in time.
func fails(t *testing.T, p *program, token string) {
	t.Helper()
	began := time.Now()
	a, err := p.ask(t.Context(), token, everyKindOfRead)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took >= 5*time.Second {
		t.Errorf("the answer took %v", took)
	}
	if a.Status != http.StatusOK || len(a.Data) != 10 {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	for field, value := range a.Data {
		if string(value) != "null" {
			t.Errorf("%s is %s", field, value)
		}
	}
	failed := map[any]bool{}
	for _, fault := range a.Errors {
		if fault.Extensions.Code != string(models.CodeServiceUnavailable) {
			t.Errorf("%v fails with %s: %s", fault.Path, fault.Extensions.Code, fault.Message)
		}
		failed[fault.Path[0]] = true
	}
	if len(failed) != len(a.Data) {
		t.Errorf("%d fields fail: %s", len(failed), a.Body)
	}
}
