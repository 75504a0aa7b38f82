package models

// Kind is what kind of thing a change was of.
type Kind uint8

const (
	// KindAIJob is a job, by its id.
	KindAIJob Kind = iota
	// KindVideoMetadata is the counters of a video, its deletion and its restoration, by the video's id.
	KindVideoMetadata
	// KindInbox is what a user has been notified of, and how much of it is unread, by the user's id.
	KindInbox
	// KindBlocks is whom a user has blocked, by the id of that user.
	KindBlocks

	// Kinds is how many kinds there are.
	Kinds = iota
)
