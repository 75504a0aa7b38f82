package graph

import (
	"reelgraph/internal/store"
	"reelgraph/models"
)

// creditGrants reads the grants of a batch.
func creditGrants(batchID string, list []*models.CreditGrantInput) ([]store.CreditGrant, error) {
	var in inputs
	in.key("batchId", "A batchId", batchID)
	in.atMost("grants", maxInputs, len(list))
	grants := make([]store.CreditGrant, len(list))
	for i, grant := range list {
		in.within("grants", "An amount", grant.Amount, 1, maxCount)
		grants[i] = store.CreditGrant{UserID: in.id(grant.UserID), Amount: grant.Amount}
	}
	return grants, in.err()
}

func creditsPayload(granted store.CreditsGranted) *models.GrantCreditsPayload {
	payload := &models.GrantCreditsPayload{
		GrantedCount: granted.Granted, Duplicate: granted.Duplicate, UnknownUserIds: make([]string, len(granted.UnknownUsers)),
	}
	for i, user := range granted.UnknownUsers {
		payload.UnknownUserIds[i] = user.String()
	}
	return payload
}
