package graph_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"reelgraph/models"
)

// A crowd is a platform on which user 0 has a hundred and more of everything, and all of it is
// related to other things by rules that the functions here tell: whatever an answer shows is checked
// against them.
const (
	crowdSize   = 120
	crowdOwners = 7
	// strangersJobs are the numbers from which on jobs are another user's.
	strangersJobs = 200
)

// ownerOfVideo is the user whose video it is.
func ownerOfVideo(n int) int { return n % crowdOwners }

func crowdDeleted(video int) bool { return video%13 == 12 }

// sourceOfJob is the video that a job works on, -1 for none that is shown.
func sourceOfJob(n int) int {
	if video := n * 3 % crowdSize; n%10 != 9 && !crowdDeleted(video) {
		return video
	}
	return -1
}

func statusOfJob(n int) models.AIJobStatus {
	if n >= strangersJobs || n%3 == 0 {
		return models.AIJobStatusQueued
	}
	return models.AIJobStatusProcessing
}

// placeOfJob is a job's place in the queue; nil where it has left it.
func placeOfJob(n int) any {
	if statusOfJob(n) != models.AIJobStatusQueued {
		return nil
	}
	older := 0
	for other := n + 1; other < crowdSize; other++ {
		if statusOfJob(other) == models.AIJobStatusQueued {
			older++
		}
	}
	return float64(older + 20)
}

// What a notification is about, -1 for nothing that is shown.
func actorOfNote(n int) int {
	if n%5 == 4 {
		return -1
	}
	return n % crowdOwners
}

func videoOfNote(n int) int {
	if video := n * 5 % crowdSize; n%6 != 5 && !crowdDeleted(video) {
		return video
	}
	return -1
}

func jobOfNote(n int) int {
	if n%9 == 8 || n%4 == 3 { // a stranger's, or none
		return -1
	}
	return crowdSize - 1 - n
}

func crowd(t *testing.T, p *platform) {
	t.Helper()
	p.addUsers(t, crowdSize+crowdOwners)
	p.addVideos(t, crowdSize, crowdOwners)
	var (
		jobs    []job
		lines   []line
		notes   []note
		blocked []int
		reasons = map[int][]string{}
	)
	for n := range crowdSize {
		made := job{n: n, status: statusOfJob(n)}
		if n%10 != 9 {
			made.source = new(videoID(n * 3 % crowdSize))
		}
		jobs = append(jobs, made)
		lines = append(lines, line{n, n % (crowdOwners + 1) * 100, n, past(n)}) // some moderators nobody knows
		notes = append(notes, crowdNote(crowdSize-1-n))
		blocked = append(blocked, n+crowdOwners) // nobody who made anything
		reasons[n] = []string{"spam", "reason " + strconv.Itoa(n)}
	}
	for n := range 20 {
		jobs = append(jobs, job{n: strangersJobs + n, owner: 1})
	}
	p.addJobs(t, jobs...)
	p.addLines(t, lines...)
	p.addNotes(t, notes...)
	p.block(t, 0, blocked...)
	p.reports(t, reasons)
	for n := range crowdSize {
		if crowdDeleted(n) {
			p.deleteVideo(t, n)
		}
	}
}

func crowdNote(n int) note {
	made := note{n: n}
	if n%5 != 4 {
		made.actor = new(userID(n % crowdOwners))
	}
	if n%6 != 5 {
		made.video = new(videoID(n * 5 % crowdSize))
	}
	switch {
	case n%9 == 8:
		made.job = new(jobID(strangersJobs + n%20))
	case n%4 != 3:
		made.job = new(jobID(crowdSize - 1 - n))
	}
	return made
}

func (p *platform) rank(t testing.TB) {
	t.Helper()
	p.Exec(t, "UPDATE rankings SET refreshed_at = ?", past(0)) // so that it is due
	if err := p.store.RefreshRanking(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// number is n of an id that id made, -1 of null.
func number(t testing.TB, value any) int {
	t.Helper()
	if value == nil {
		return -1
	}
	text := field(value, "id")
	if text == nil {
		text = field(value, "videoId")
	}
	parsed, ok := models.ParseID(text.(string))
	if !ok {
		t.Fatalf("%v has no id", value)
	}
	return int(parsed[14])<<8 + int(parsed[15])
}

// checkCrowd looks at every object in an answer: __typename and id are selected wherever there is one.
func checkCrowd(t testing.TB, answer any) {
	t.Helper()
	switch value := answer.(type) {
	case []any:
		for _, element := range value {
			checkCrowd(t, element)
		}
	case map[string]any:
		checkObject(t, value)
		for _, child := range value {
			checkCrowd(t, child)
		}
	}
}

func checkObject(t testing.TB, object map[string]any) {
	t.Helper()
	related := func(name string, want int) {
		if child, selected := object[name]; selected && number(t, child) != want {
			t.Errorf("%s of %v is %v, not %d", name, object["id"], child, want)
		}
	}
	typeName, _ := object["__typename"].(string)
	if typeName == "" || typeName == "Query" || wrapsList(typeName) || strings.HasPrefix(typeName, "Unread") || typeName == "ReportedVideo" {
		return
	}
	n := number(t, object)
	switch typeName {
	case "User":
		equal(t, "handle", "user."+strconv.Itoa(n), object["handle"])
	case "Video":
		related("owner", ownerOfVideo(n))
		related("metadata", n)
	case "VideoMetadata":
		equal(t, "viewCount", float64(n), object["viewCount"])
		related("video", n)
	case "AIJob":
		equal(t, "prompt", "prompt "+strconv.Itoa(n)+" of 0", object["prompt"])
		related("sourceVideo", sourceOfJob(n))
		equal(t, "queuePosition", placeOfJob(n), object["queuePosition"])
	case "Notification":
		related("actor", actorOfNote(n))
		related("video", videoOfNote(n))
		related("job", jobOfNote(n))
	case "ModerationAction":
		related("moderator", map[bool]int{true: n % (crowdOwners + 1) * 100, false: -1}[n%(crowdOwners+1) < 2])
		equal(t, "video", n, number(t, map[string]any{"id": object["videoId"]}))
	default:
		t.Errorf("add to checkObject what a %s of a crowd is related to", typeName)
	}
}
