package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

// plain is the handler that one would write by hand where there were no GraphQL: net/http, pgx and encoding/json, with a statement for
// each request. It takes the requests that clients of GraphQL send, and tells them apart by the operation's name.
type plain struct{ *peer }

// video are the counters of one.
type video struct {
	ID           uuid.UUID `json:"id"`
	ViewCount    int64     `json:"viewCount"`
	LikeCount    int64     `json:"likeCount"`
	CommentCount int64     `json:"commentCount"`
	RemixCount   int64     `json:"remixCount"`
	GlitchCount  int64     `json:"glitchCount"`
}

// job is the state of one.
type job struct {
	ID        uuid.UUID `json:"id"`
	Kind      string    `json:"kind"`
	Status    string    `json:"status"`
	Progress  int       `json:"progress"`
	ResultURL *string   `json:"resultUrl"`
	Error     *string   `json:"error"`
}

// Those of an answer's data are in its only member.
type (
	videosData struct {
		Videos []*video `json:"videosMetadata"`
	}
	jobsData struct {
		Jobs []*job `json:"aiJobs"`
	}
)

func (p plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, err)
		return
	}
	var asked struct {
		OperationName string `json:"operationName"`
		Variables     struct {
			IDs []string `json:"ids"`
		} `json:"variables"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	ids, err := parseIDs(asked.Variables.IDs)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	var data any
	switch asked.OperationName {
	case videosOperation:
		data, err = p.videos(r.Context(), ids)
	case jobsOperation:
		owner, fault := signedIn(r)
		if fault != nil {
			refuse(w, http.StatusUnauthorized, fault)
			return
		}
		data, err = p.jobs(r.Context(), owner, ids)
	default:
		refuse(w, http.StatusNotFound, fmt.Errorf("there is no %q", asked.OperationName))
		return
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	answer(w, data)
}

// parseIDs takes at most a hundred, in the form that the API asks for.
func parseIDs(texts []string) ([][16]byte, error) {
	if len(texts) > 100 {
		return nil, fmt.Errorf("at most 100 ids, not %d", len(texts))
	}
	ids := make([][16]byte, len(texts))
	for i, text := range texts {
		id, err := uuid.Parse(text)
		if err != nil || len(text) != 36 {
			return nil, fmt.Errorf("%q is not a UUID", text)
		}
		ids[i] = id
	}
	return ids, nil
}

func (p plain) videos(ctx context.Context, ids [][16]byte) (*videosData, error) {
	p.statements.Add(1)
	rows, err := p.pool.Query(ctx, `SELECT video_id, view_count, like_count, comment_count, remix_count, glitch_count
		FROM video_metadata WHERE video_id = ANY($1) AND deleted_at IS NULL`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[[16]byte]*video, len(ids))
	for rows.Next() {
		v := new(video)
		if err := rows.Scan((*[16]byte)(&v.ID), &v.ViewCount, &v.LikeCount, &v.CommentCount, &v.RemixCount, &v.GlitchCount); err != nil {
			return nil, err
		}
		found[v.ID] = v
	}
	return &videosData{inOrder(ids, found)}, rows.Err()
}

func (p plain) jobs(ctx context.Context, owner uuid.UUID, ids [][16]byte) (*jobsData, error) {
	p.statements.Add(1)
	rows, err := p.pool.Query(ctx, `SELECT id, kind, status, progress, result_url, error
		FROM ai_jobs WHERE id = ANY($1) AND owner_id = $2`, ids, [16]byte(owner))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[[16]byte]*job, len(ids))
	for rows.Next() {
		j := new(job)
		if err := rows.Scan((*[16]byte)(&j.ID), &j.Kind, &j.Status, &j.Progress, &j.ResultURL, &j.Error); err != nil {
			return nil, err
		}
		found[j.ID] = j
	}
	return &jobsData{inOrder(ids, found)}, rows.Err()
}

// inOrder has an entry for each id, nil where nothing was found.
func inOrder[T any](ids [][16]byte, found map[[16]byte]*T) []*T {
	list := make([]*T, len(ids))
	for i, id := range ids {
		list[i] = found[id]
	}
	return list
}

func answer(w http.ResponseWriter, data any) {
	text, err := json.Marshal(struct {
		Data any `json:"data"`
	}{data})
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/graphql-response+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text)
}

func refuse(w http.ResponseWriter, status int, err error) { http.Error(w, err.Error(), status) }
