package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"reelgraph/models"
)

// updates counts events as they come: a statement for each, which is its own transaction.
type updates struct{ *peer }

// columns are where kinds of events are counted; those that the benchmark sends.
var columns = map[models.VideoActivityKind]string{
	models.VideoActivityKindView:    "view_count",
	models.VideoActivityKindLike:    "like_count",
	models.VideoActivityKindComment: "comment_count",
	models.VideoActivityKindRemix:   "remix_count",
	models.VideoActivityKindGlitch:  "glitch_count",
}

func (u updates) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Variables struct {
			Events []struct {
				VideoID string                   `json:"videoId"`
				Kind    models.VideoActivityKind `json:"kind"`
				Count   int64                    `json:"count"`
			} `json:"events"`
		} `json:"variables"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if _, err := signedIn(r); err != nil {
		refuse(w, http.StatusUnauthorized, err)
		return
	}
	var recorded int64
	for _, e := range asked.Variables.Events {
		column, known := columns[e.Kind]
		ids, err := parseIDs([]string{e.VideoID})
		if err != nil || !known {
			refuse(w, http.StatusBadRequest, fmt.Errorf("%q: %w", e.Kind, err))
			return
		}
		u.statements.Add(1)
		// With version and updated_at said here, no trigger has to.
		done, err := u.pool.Exec(r.Context(), "UPDATE video_metadata SET "+column+" = "+column+
			" + $2, version = version + 1, updated_at = now() WHERE video_id = $1 AND deleted_at IS NULL", ids[0], e.Count)
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, err)
			return
		}
		recorded += done.RowsAffected()
	}
	answer(w, map[string]any{"recordVideoActivity": map[string]any{"recordedCount": recorded}})
}
