package models

import "strconv"

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

// AppendJSON appends what encoding/json would write. The cost must not be nil.
func (c *Cost) AppendJSON(to []byte) []byte {
	to = strconv.AppendInt(append(to, `{"requested":`...), int64(c.Requested), 10)
	to = strconv.AppendInt(append(to, `,"limit":`...), int64(c.Limit), 10)
	return append(to, '}')
}

// DocumentIDExtension is the member of a request's extensions that transports put its `documentId` in.
const DocumentIDExtension = "documentId"
