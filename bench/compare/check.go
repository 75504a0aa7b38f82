package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"reelgraph/models"
)

// looks is how many requests of a load are compared with the database, on every side.
const looks = 20

// checkAnswers compares what a side answers with what SQL says.
func checkAnswers(ctx context.Context, f *fixture, s *server, asked *script) error {
	compared := slices.Clone(asked.probes)
	for n := range looks {
		compared = append(compared, asked.requests[n*len(asked.requests)/looks])
	}
	for _, r := range compared {
		want, err := f.answerTo(ctx, asked.field, r.ids)
		if err != nil {
			return err
		}
		got, err := ask(ctx, s.address, r.text)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s answers\n%s\nwhere SQL says\n%s", s.side, got, want)
		}
	}
	return nil
}

// ask is the data of the answer to a request.
func ask(ctx context.Context, address string, text []byte) (json.RawMessage, error) {
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/graphql", bytes.NewReader(body)) //nolint:gosec // a server of this program's own
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(head) {
		if name, value, found := bytes.Cut(bytes.TrimSpace(line), []byte(": ")); found && string(name) != "Host" {
			r.Header.Set(string(name), string(value))
		}
	}
	response, err := http.DefaultClient.Do(r) //nolint:gosec // a server of this program's own
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var answer struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal(said, &answer); err != nil || answer.Errors != nil {
		return nil, fmt.Errorf("%s: %.300s", response.Status, said)
	}
	return answer.Data, nil
}

// answerTo is what the answer to a read must be.
func (f *fixture) answerTo(ctx context.Context, field string, ids []models.ID) ([]byte, error) {
	list := make([]json.RawMessage, len(ids))
	for i, id := range ids {
		var err error
		if list[i], err = f.objectOf(ctx, field, id); err != nil {
			return nil, err
		}
	}
	return json.Marshal(map[string]any{field: list})
}

// objectOf is what there is to see of one id, null where that is nothing. It asks for one after the other, as no side does.
func (f *fixture) objectOf(ctx context.Context, field string, id models.ID) (json.RawMessage, error) {
	var object any
	var missing bool
	var err error
	if field == "aiJobs" {
		j := job{ID: uuid.UUID(id)}
		err = f.pool.QueryRow(ctx, "SELECT kind, status, progress, result_url, error FROM ai_jobs WHERE id = $1 AND owner_id = (SELECT id FROM users WHERE handle = $2)", id, owner).
			Scan(&j.Kind, &j.Status, &j.Progress, &j.ResultURL, &j.Error)
		object = j
	} else {
		v := video{ID: uuid.UUID(id)}
		err = f.pool.QueryRow(ctx, `SELECT view_count, like_count, comment_count, remix_count, glitch_count, videos.deleted_at IS NOT NULL
			FROM video_metadata JOIN videos ON videos.id = video_id WHERE video_id = $1`, id).
			Scan(&v.ViewCount, &v.LikeCount, &v.CommentCount, &v.RemixCount, &v.GlitchCount, &missing)
		object = v
	}
	if errors.Is(err, pgx.ErrNoRows) || err == nil && missing {
		return json.RawMessage("null"), nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// counters are those of a video, by the kind of event that they count.
type counters map[models.VideoActivityKind]int64

// countersOf are those of all videos that a script has events of.
func (f *fixture) countersOf(ctx context.Context, s *script) (map[models.ID]counters, error) {
	found := map[models.ID]counters{}
	var ids []string
	for _, r := range s.requests {
		for _, e := range r.events {
			if found[e.video] == nil {
				found[e.video] = counters{}
				ids = append(ids, e.video.String())
			}
		}
	}
	rows, err := f.pool.Query(ctx, `SELECT video_id, view_count, like_count, comment_count, remix_count, glitch_count
		FROM video_metadata WHERE video_id = ANY($1::uuid[])`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id models.ID
		var views, likes, comments, remixes, glitches int64
		if err := rows.Scan(&id, &views, &likes, &comments, &remixes, &glitches); err != nil {
			return nil, err
		}
		found[id] = counters{
			models.VideoActivityKindView: views, models.VideoActivityKindLike: likes, models.VideoActivityKindComment: comments,
			models.VideoActivityKindRemix: remixes, models.VideoActivityKindGlitch: glitches,
		}
	}
	return found, rows.Err()
}

// checkCounters compares the counters with what they were, and what has been acknowledged since, which is forgotten.
func (f *fixture) checkCounters(ctx context.Context, s *script, before map[models.ID]counters) error {
	for _, r := range s.requests {
		times := r.acknowledged.Swap(0)
		for _, e := range r.events {
			before[e.video][e.kind] += times
		}
	}
	after, err := f.countersOf(ctx, s)
	if err != nil {
		return err
	}
	for id, counted := range after {
		for kind, got := range counted {
			if want := before[id][kind]; got != want {
				return fmt.Errorf("video %s has counted %d of kind %s, and %d were acknowledged", id, got, kind, want)
			}
		}
	}
	return nil
}
