package graph

import (
	"fmt"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// maxFirst bounds one page of a connection.
const maxFirst = 100

// paged reads the page that first and after ask for, behind the place that after's cursor names, and makes
// its edges. hasPreviousPage is true where the page was asked for behind a cursor, as the Relay
// specification allows when paging forward.
func paged[K, I, E any](
	first int, after *string,
	placeOf func(cursor *string) (*K, error),
	read func(place *K) (store.Page[I], error),
	edgeOf func(item I) (cursor string, edge E),
) (items []I, edges []E, info *models.PageInfo, err error) {
	if first < 1 || first > maxFirst {
		return nil, nil, nil, models.BadInput("first", fmt.Sprintf("`first` is a number from 1 to %d.", maxFirst))
	}
	place, err := placeOf(after)
	if err != nil {
		return nil, nil, nil, err
	}
	page, err := read(place)
	if err != nil {
		return nil, nil, nil, err
	}
	edges = make([]E, len(page.Items))
	info = &models.PageInfo{HasNextPage: page.More, HasPreviousPage: after != nil}
	for i, item := range page.Items {
		cursor, edge := edgeOf(item)
		edges[i] = edge
		if i == 0 {
			info.StartCursor = &cursor
		}
		info.EndCursor = &cursor
	}
	return page.Items, edges, info, nil
}

// nodesOf are the nodes of edges alone.
func nodesOf[E, N any](edges []E, node func(E) N) []N {
	nodes := make([]N, len(edges))
	for i, edge := range edges {
		nodes[i] = node(edge)
	}
	return nodes
}
