package rest

import (
	"encoding/json"
	"strconv"

	"reelgraph/models"
)

// Answers are appended piece by piece, without reflection: clients poll these routes every few seconds.

// writing makes a writer of any result of one that knows its type.
func writing[T any](write func([]byte, T) []byte) func([]byte, any) []byte {
	return func(b []byte, result any) []byte { return write(b, result.(T)) }
}

// appendCounters leaves out videos with nothing to see, which are nil.
func appendCounters(b []byte, videos []*models.VideoMetadata) []byte {
	b = append(b, `{"videos":{`...)
	seen := make(map[models.ID]struct{}, len(videos))
	for _, v := range videos {
		if v == nil || !first(seen, v.VideoID) {
			continue
		}
		b = appendKey(b, v.VideoID)
		b = strconv.AppendInt(append(b, `{"view_count":`...), v.ViewCount, 10)
		b = strconv.AppendInt(append(b, `,"like_count":`...), v.LikeCount, 10)
		b = strconv.AppendInt(append(b, `,"comment_count":`...), v.CommentCount, 10)
		b = strconv.AppendInt(append(b, `,"remix_count":`...), v.RemixCount, 10)
		b = strconv.AppendInt(append(b, `,"glitch_count":`...), v.GlitchCount, 10)
		b = append(b, '}')
	}
	return append(b, "}}"...)
}

// appendJobs leaves out jobs with nothing to see, which are nil. A canceled job is told as a failed one: clients wait for
// one of two ends.
func appendJobs(b []byte, jobs []*models.AIJob) []byte {
	b = append(b, `{"jobs":{`...)
	seen := make(map[models.ID]struct{}, len(jobs))
	for _, j := range jobs {
		if j == nil || !first(seen, j.ID) {
			continue
		}
		status, fault := j.Status, j.Error
		if status == models.AIJobStatusCanceled {
			status, fault = models.AIJobStatusFailed, &canceled
		}
		b = appendKey(b, j.ID)
		b = appendWord(append(b, `{"status":`...), string(status))
		b = strconv.AppendInt(append(b, `,"progress":`...), int64(j.Progress), 10)
		b = appendText(append(b, `,"result_url":`...), j.ResultURL)
		b = appendText(append(b, `,"error":`...), fault)
		b = append(b, '}')
	}
	return append(b, "}}"...)
}

var canceled = "Canceled"

func appendMarked(b []byte, marked *models.MarkNotificationsReadPayload) []byte {
	b = appendCount(b, "marked_count", marked.MarkedCount)
	return append(b, '}')
}

func appendDeleted(b []byte, deleted *models.DeleteVideosPayload) []byte {
	b = appendCount(b, "deleted_count", deleted.DeletedCount)
	return appendResults(b, len(deleted.Results), func(i int) (id, status string) {
		return deleted.Results[i].ID, string(deleted.Results[i].Status)
	})
}

func appendBlocked(b []byte, blocked *models.BlockUsersPayload) []byte {
	b = appendCount(b, "blocked_count", blocked.BlockedCount)
	return appendResults(b, len(blocked.Results), func(i int) (id, status string) {
		return blocked.Results[i].ID, string(blocked.Results[i].Status)
	})
}

// appendCount begins the answer of a mutation. There is one only where it has succeeded.
func appendCount(b []byte, name string, count int) []byte {
	b = append(append(append(b, `{"`...), name...), `":`...)
	b = strconv.AppendInt(b, int64(count), 10)
	return append(b, `,"success":true`...)
}

// appendResults ends the answer of a mutation with the n results' statuses by id. An id asked for twice has its first one's.
func appendResults(b []byte, n int, result func(i int) (id, status string)) []byte {
	b = append(b, `,"results":{`...)
	seen := make(map[string]struct{}, n)
	for i := range n {
		id, status := result(i)
		if !first(seen, id) {
			continue
		}
		b = append(appendText(appendComma(b), &id), ':')
		b = appendWord(b, status)
	}
	return append(b, "}}"...)
}

// first reports whether a key has not come before.
func first[K comparable](seen map[K]struct{}, key K) bool {
	if _, twice := seen[key]; twice {
		return false
	}
	seen[key] = struct{}{}
	return true
}

// appendKey begins a member that is named by an id.
func appendKey(b []byte, id models.ID) []byte {
	b, _ = id.AppendText(append(appendComma(b), '"')) // which never fails
	return append(b, `":`...)
}

// appendComma separates a member from one before it.
func appendComma(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}

// appendWord appends the name of an enum's value in lower case.
func appendWord(b []byte, name string) []byte {
	b = append(b, '"')
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// appendText appends a JSON string, or null. Nearly all are plain ASCII, which stands for itself.
func appendText(b []byte, text *string) []byte {
	if text == nil {
		return append(b, "null"...)
	}
	for i := range len(*text) {
		if c := (*text)[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(*text)
			if err != nil {
				panic(err) // there is no such string
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), *text...), '"')
}
