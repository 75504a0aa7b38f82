package store

import (
	"context"
	"encoding/json"
	"math"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// CreditGrant is credits for one user.
type CreditGrant struct {
	UserID models.ID
	Amount int
}

// CreditsGranted is what GrantCredits did.
type CreditsGranted struct {
	// Granted is how many grants were made now; 0 where Duplicate.
	Granted int
	// Duplicate says that the batch had been granted by an earlier call.
	Duplicate bool
	// UnknownUsers are those whom the server was not told of, each once, in the order of the grants.
	UnknownUsers []models.ID
}

// GrantCredits adds credits once, however often a caller sends the same batchID: a user named twice gets both, one
// whom the server was not told of nothing. Other grants under a batchID that was used before, and grants that
// would take a user beyond what credits can be, whom the error names, are refused: nothing is granted and nothing is
// remembered. So is nothing of a batch without grants.
func (s *Store) GrantCredits(ctx context.Context, caller models.ID, batchID string, grants []CreditGrant) (CreditsGranted, error) {
	if len(grants) == 0 {
		return CreditsGranted{}, nil
	}
	batch := claim{call{caller, "grantCredits", batchID}, contentHash(grants)}
	var granted CreditsGranted
	err := s.inTx(ctx, func(tx *transaction) error {
		granted = CreditsGranted{}
		before, err := s.claimCalls(tx, []claim{batch})
		if err != nil {
			return err
		}
		if e, ok := before[batch.call]; ok {
			granted, err = creditsGrantedBefore(batch, e)
			return err
		}
		granted, err = s.grant(tx, grants)
		if err != nil || len(granted.UnknownUsers) == 0 {
			return err
		}
		unknown, err := json.Marshal(granted.UnknownUsers)
		if err != nil {
			return err
		}
		return s.rememberAnswers(tx, map[call]string{batch.call: string(unknown)})
	})
	if err != nil {
		return CreditsGranted{}, err
	}
	return granted, nil
}

// creditsGrantedBefore is the answer to a repeat. What is remembered of a call is its unknown users, if it had any.
func creditsGrantedBefore(batch claim, e earlier) (CreditsGranted, error) {
	granted := CreditsGranted{Duplicate: true}
	if err := batch.repeats(e); err != nil || e.answer == nil {
		return granted, err
	}
	return granted, json.Unmarshal([]byte(*e.answer), &granted.UnknownUsers)
}

// grant adds what each user gets in all.
func (s *Store) grant(tx *transaction, grants []CreditGrant) (CreditsGranted, error) {
	var users []models.ID
	sums := map[models.ID]int{}
	for _, g := range grants {
		if _, again := sums[g.UserID]; !again {
			users = append(users, g.UserID)
		}
		sums[g.UserID] += g.Amount
	}
	if err := s.lockUsers(tx, users); err != nil {
		return CreditsGranted{}, err
	}
	known, err := byID(tx.Where(s.db.Any("id", users)), func(u *models.User) models.ID { return u.ID })
	if err != nil {
		return CreditsGranted{}, err
	}
	var granted CreditsGranted
	for _, g := range grants {
		if known[g.UserID] != nil {
			granted.Granted++
		}
	}
	var rich []string
	amounts := make([]int, len(users))
	for i, user := range users {
		amounts[i] = sums[user]
		switch {
		case known[user] == nil:
			granted.UnknownUsers = append(granted.UnknownUsers, user)
		case known[user].Credits+sums[user] > math.MaxInt32:
			rich = append(rich, user.String())
		}
	}
	if rich != nil {
		return CreditsGranted{}, models.InvalidIDs("A user has at most 2,147,483,647 credits.", rich)
	}
	return granted, tx.Exec("UPDATE users SET credits = credits + amount FROM ? WHERE users.id = granted.user_id",
		s.db.Rows("granted", database.Column{Name: "user_id", Values: users}, database.Column{Name: "amount", Values: amounts})).Error
}
