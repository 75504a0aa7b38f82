package graph

import (
	"reelgraph/internal/store"
	"reelgraph/models"
)

// videoUpserts reads the videos of a list.
func videoUpserts(list []*models.VideoInput) ([]store.VideoUpsert, error) {
	var in inputs
	in.atMost("videos", maxInputs, len(list))
	videos := make([]store.VideoUpsert, len(list))
	for i, video := range list {
		in.text("videos", "A title", video.Title, maxTitle)
		in.text("videos", "A playback URL", video.PlaybackURL, maxURL)
		in.optionalText("videos", "A thumbnail URL", video.ThumbnailURL, maxURL)
		if at := video.CreatedAt; at != nil {
			in.within("videos", "The year of a creation, in UTC,", at.Year(), 1, 9999)
		}
		videos[i] = store.VideoUpsert{
			ID: in.id(video.ID), OwnerID: in.id(video.OwnerID), Title: video.Title,
			PlaybackURL: video.PlaybackURL, ThumbnailURL: video.ThumbnailURL, CreatedAt: video.CreatedAt,
		}
	}
	return videos, in.err()
}
