package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"time"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// call is what a caller wants done once: its batchId counts for one field and one caller.
type call struct {
	caller  models.ID
	field   string
	batchID string
}

// claim is a call with what it must carry whenever it is repeated.
type claim struct {
	call
	// content is the hash of what the call asks for, as contentHash makes it.
	content string
}

// contentHash is the same for calls that ask for the same, whatever case their ids were written in.
func contentHash(content any) string {
	text, err := json.Marshal(content)
	if err != nil {
		panic("what can be asked for has always a JSON form: " + err.Error())
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// earlier is what is remembered of a call.
type earlier struct {
	content string
	// answer is nil where the call's answer needs none.
	answer *string
}

// repeats fails where the claim carries other content than the earlier call did.
func (c claim) repeats(e earlier) error {
	if c.content != e.content {
		return models.BadInput("batchId", "This batchId was used before, for other content.")
	}
	return nil
}

// claimCalls remembers calls, no two of which may be the same, in the transaction that does what they
// ask for, and gives those that were remembered before. It comes before any other lock: who claims
// a call that another transaction is at waits until that one has ended.
func (s *Store) claimCalls(tx *transaction, claims []claim) (map[call]earlier, error) {
	hash := "decode(content, 'hex')"
	if s.db.Dialect == database.SQLite {
		hash = "unhex(content)"
	}
	var claimed []models.Batch
	// In the order of the key, so that no two groups of calls wait for each other.
	err := tx.Raw(`
		INSERT INTO batches (caller_id, field, batch_id, content_hash, created_at)
		SELECT caller_id, field, batch_id, `+hash+`, ? FROM ? WHERE true ORDER BY caller_id, field, batch_id
		ON CONFLICT (caller_id, field, batch_id) DO NOTHING RETURNING caller_id, field, batch_id`,
		s.db.Now(), s.rowsOfCalls(claims)).Scan(&claimed).Error
	if err != nil || len(claimed) == len(claims) {
		return nil, err
	}
	var known []models.Batch
	err = tx.Raw(`
		SELECT `+s.columns("batches", models.Batch{})+` FROM batches JOIN ? ON batches.caller_id = calls.caller_id
			AND batches.field = calls.field AND batches.batch_id = calls.batch_id`, s.rowsOfCalls(claims)).Scan(&known).Error
	if err != nil {
		return nil, err
	}
	if len(known) < len(claims) {
		return nil, errAgain // One was forgotten for its age just now.
	}
	before := make(map[call]earlier, len(known))
	for _, b := range known {
		before[call{b.CallerID, b.Field, b.BatchID}] = earlier{hex.EncodeToString(b.ContentHash), b.Answer}
	}
	for _, b := range claimed {
		delete(before, call{b.CallerID, b.Field, b.BatchID})
	}
	return before, nil
}

// rememberAnswers keeps what calls that were claimed in this transaction are answered, as JSON, for their repeats.
func (s *Store) rememberAnswers(tx *transaction, answers map[call]string) error {
	if len(answers) == 0 {
		return nil
	}
	var claims []claim
	var texts []string
	for c, answer := range answers {
		claims, texts = append(claims, claim{call: c}), append(texts, answer)
	}
	return tx.Exec(`
		UPDATE batches SET answer = calls.answer FROM ?
		WHERE batches.caller_id = calls.caller_id AND batches.field = calls.field AND batches.batch_id = calls.batch_id`,
		s.rowsOfCalls(claims, database.Column{Name: "answer", Values: texts})).Error
}

// rowsOfCalls are the claims, and further columns of theirs, as the table calls.
func (s *Store) rowsOfCalls(claims []claim, more ...database.Column) any {
	callers, fields := make([]models.ID, len(claims)), make([]string, len(claims))
	batches, contents := make([]string, len(claims)), make([]string, len(claims))
	for i, c := range claims {
		callers[i], fields[i], batches[i], contents[i] = c.caller, c.field, c.batchID, c.content
	}
	return s.db.Rows("calls", append([]database.Column{
		{Name: "caller_id", Values: callers}, {Name: "field", Values: fields},
		{Name: "batch_id", Values: batches}, {Name: "content", Values: contents},
	}, more...)...)
}

const (
	// batchMemory is how long a batchId is remembered. Callers are promised 7 days; the eighth makes up for
	// clocks that differ.
	batchMemory    = 8 * 24 * time.Hour
	forgetInterval = time.Hour
	// forgottenAtOnce bounds what one transaction deletes.
	forgottenAtOnce = 1000
)

// KeepBatches forgets old batches every hour until ctx ends. It tells the log when that begins to fail and
// when it works again.
func (s *Store) KeepBatches(ctx context.Context, log *slog.Logger) {
	keep(ctx, log, "batches", forgetInterval, s.ForgetBatches)
}

// ForgetBatches deletes what is remembered of calls for longer than 8 days.
func (s *Store) ForgetBatches(ctx context.Context) error {
	before := time.Now().UTC().Add(-batchMemory)
	for {
		// Instances that do the same at the same time pass over what another one deletes.
		forgotten := s.db.Write.WithContext(ctx).Exec(`
			WITH old AS (
				SELECT caller_id, field, batch_id FROM batches WHERE created_at < ? ORDER BY created_at LIMIT ?`+s.db.Lock(true)+`
			)
			DELETE FROM batches WHERE (caller_id, field, batch_id) IN (SELECT caller_id, field, batch_id FROM old)`, before, forgottenAtOnce)
		if forgotten.Error != nil || forgotten.RowsAffected < forgottenAtOnce {
			return database.Translate(forgotten.Error)
		}
	}
}
