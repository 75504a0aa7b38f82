package models

// CostStats is the name by which the statistics of an operation hold its *Cost, and the member of a response's
// extensions that tells it.
const CostStats = "cost"

// StreamStats is the name by which the statistics of a subscription hold true once it has begun to have answers.
const StreamStats = "stream"

// Cost is what an operation costs, known before any of it runs.
type Cost struct {
	// Requested is what the operation costs, Limit what one may.
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
	// Public says that it asks for nothing that takes a token.
	Public bool `json:"-"`
}

// DocumentIDExtension is the member of a request's extensions that transports put its `documentId` in.
const DocumentIDExtension = "documentId"
