package graph

import (
	"reelgraph/internal/store"
	"reelgraph/models"
)

// maxFirst bounds one page of a connection.
const maxFirst = 100

func checkFirst(first int) error {
	if first < 1 || first > maxFirst {
		return models.BadInput("first", "`first` is a number from 1 to 100.")
	}
	return nil
}

// connect makes the edges of a page and says where it stands in its list. hasPreviousPage is true
// where the page was asked for behind a cursor, as the Relay specification allows when paging forward.
func connect[I, E any](page store.Page[I], after *string, cursor func(I) string, edge func(cursor string, item I) E) ([]E, *models.PageInfo) {
	edges := make([]E, len(page.Items))
	info := &models.PageInfo{HasNextPage: page.More, HasPreviousPage: after != nil}
	for i, item := range page.Items {
		place := cursor(item)
		edges[i] = edge(place, item)
		if i == 0 {
			info.StartCursor = &place
		}
		info.EndCursor = &place
	}
	return edges, info
}

// nodesOf are the nodes of edges alone.
func nodesOf[E, N any](edges []E, node func(E) N) []N {
	nodes := make([]N, len(edges))
	for i, edge := range edges {
		nodes[i] = node(edge)
	}
	return nodes
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
