package main

import (
	"bytes"
	"io"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/testdb"
)

func TestSeed(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		once := map[string]int{"users": 20, "videos": 50, "video_metadata": 50, "ai_jobs": 30, "notifications": 70}
		twice := map[string]int{}
		for table, rows := range once {
			twice[table] = 2 * rows
		}
		for _, step := range []struct {
			randomSeed string
			want       map[string]int
		}{
			{"3", once},
			{"3", once},
			{"4", twice},
		} {
			args := "seed --users 20 --videos 50 --jobs 30 --notifications 70 --until 2026-02-03 --random-seed " + step.randomSeed
			var stdout bytes.Buffer
			if err := run(t.Context(), strings.Fields(args), getenv(map[string]string{"DATABASE_URL": db.URL}), &stdout, io.Discard); err != nil {
				t.Fatal(err)
			}
			if printed := stdout.String(); !regexp.MustCompile(`(^|\n)170 rows are there, after \d+\.\d s\n$`).MatchString(printed) || strings.Contains(printed, "\r") {
				t.Errorf("it printed\n%s", printed)
			}
			got := map[string]int{}
			for table := range once {
				got[table] = count(t, db, "SELECT count(*) FROM "+table)
			}
			if !maps.Equal(got, step.want) {
				t.Errorf("rows: got %v, want %v", got, step.want)
			}
		}
		if n := count(t, db, "SELECT count(*) FROM videos WHERE created_at > ?", time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)); n > 0 {
			t.Errorf("%d videos are newer than --until", n)
		}
	})
}

func count(t *testing.T, db *testdb.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.Read.Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSeedMakesTheSchema(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/new.db"
	args := strings.Fields("seed --users=2 --videos=3 --jobs=0 --notifications=0")
	if err := run(t.Context(), args, getenv(map[string]string{"DATABASE_URL": url}), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	p := start(t, map[string]string{"DATABASE_URL": url, "JWT_SECRET": secret})
	if a := p.mustAsk(t, "", "{ feed { nodes { id } } }"); strings.Count(a.Body, `"id"`) != 3 {
		t.Errorf("got %s", a.Body)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	longAgo := time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		terminal bool
		want     string
	}{
		"on a terminal": {
			terminal: true,
			want: "\r[############------------]  50 % videos 10 of 15\x1b[K" +
				"\r[########################] 100 % jobs 5 of 5\x1b[K" +
				"\r\x1b[K20 rows are there, after 3600 s",
		},
		"elsewhere": {want: "videos: 10 of 15\njobs: 5 of 5\n20 rows are there, after 3600 s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			p := progress{out: &out, terminal: test.terminal, began: time.Now().Add(-time.Hour), told: longAgo, total: 20}
			p.show("videos", 10, 15)
			p.show("videos", 15, 15) // too soon to be told
			p.told = longAgo
			p.show("jobs", 5, 5)
			p.end(true)
			if got := regexp.MustCompile(`36\d\d\.\d s\n$`).ReplaceAllString(out.String(), "3600 s"); got != test.want {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}
