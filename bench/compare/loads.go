package main

import (
	"math/rand/v2"
	"slices"
)

// The servers that are compared.
const (
	ours       = "ours"
	handler    = "handler"
	gormIn     = "gormIn"
	each       = "each"
	updateEach = "updateEach"
)

var (
	allSides  = []string{ours, handler, gormIn, each, updateEach}
	readSides = []string{ours, handler, gormIn, each}
)

// told says in the report who they are.
var told = map[string]string{
	ours:       "reelgraph",
	handler:    "net/http + pgx by hand",
	gormIn:     "gqlgen + GORM, one IN",
	each:       "gqlgen + GORM, one select an id",
	updateEach: "net/http + pgx, one UPDATE an event",
}

// load is what is asked of servers, one after the other.
type load struct {
	name, told string
	// sides are who can answer it.
	sides []string
	// connections is 0 for as many as are said, and events that this counts events.
	connections int
	events      bool
	// wanted says of ratios what they should be.
	wanted map[string]string
	script func(*fixture, *rand.Rand) *script
}

// scripted is how many different requests a load has.
const scripted = 4096

var loads = []load{
	{
		name: "videos1Uniform", told: "1 even id", sides: readSides,
		wanted: map[string]string{serverCPU: "≤ 1.00, aim 0.85"},
		script: func(f *fixture, r *rand.Rand) *script { return videosScript(f, uniform(r, len(f.videos), 1)) },
	},
	{
		name: "videos20Uniform", told: "20 even ids", sides: readSides,
		wanted: map[string]string{
			serverCPU: "≤ 1.00, aim 0.90", postgresCPU: "≤ 0.80, aim 0.70", rps: "≥ 1.10, aim 1.20", rpsGorm: "≥ 3.2",
		},
		script: func(f *fixture, r *rand.Rand) *script { return videosScript(f, uniform(r, len(f.videos), 20)) },
	},
	{
		name: "videos100Uniform", told: "100 even ids", sides: readSides,
		wanted: map[string]string{serverCPU: "≤ 1.30, aim 1.10", rpsGorm: "≥ 4"},
		script: func(f *fixture, r *rand.Rand) *script { return videosScript(f, uniform(r, len(f.videos), 100)) },
	},
	{
		name: "videos20Hot", told: "20 trending ids", sides: readSides,
		wanted: map[string]string{serverCPU: "≤ 0.85, aim 0.75", postgresCPU: "≤ 0.50, aim 0.40", rpsGorm: "≥ 5.5"},
		script: func(f *fixture, r *rand.Rand) *script {
			hot := *f
			hot.videos = f.trending
			return videosScript(&hot, zipf(r, len(f.trending), 20))
		},
	},
	{
		name: "jobs20", told: "20 jobs with a token", sides: readSides,
		wanted: map[string]string{serverCPU: "≤ 1.10, aim 1.00"},
		script: func(f *fixture, r *rand.Rand) *script { return jobsScript(f, uniform(r, len(f.jobs), 20)) },
	},
	{
		name: "lone", told: "20 even ids, one connection", sides: []string{ours, handler}, connections: 1,
		script: func(f *fixture, r *rand.Rand) *script { return videosScript(f, uniform(r, len(f.videos), 20)) },
	},
	{
		name: "activityHot", told: "activity on one hot video", sides: []string{ours, updateEach}, connections: 64, events: true,
		wanted: map[string]string{events: "≥ 20"},
		script: func(f *fixture, r *rand.Rand) *script { return activityScript(f, f.trending[:1], r) },
	},
	{
		name: "activityMany", told: "activity on 10,000 videos", sides: []string{ours, updateEach}, connections: 64, events: true,
		script: func(f *fixture, r *rand.Rand) *script { return activityScript(f, f.busy, r) },
	},
}

func loadNames() []string {
	names := make([]string, len(loads))
	for i, l := range loads {
		names[i] = l.name
	}
	return names
}

// choice gives places in a list, all different, for a request.
type choice func() []int

// uniform chooses n of so many evenly.
func uniform(r *rand.Rand, of, n int) choice {
	return distinct(min(n, of), func() int { return r.IntN(of) })
}

// zipf chooses n of so many, the first most often: the chance of a place falls with its rank to the power of 1.1.
func zipf(r *rand.Rand, of, n int) choice {
	z := rand.NewZipf(r, 1.1, 1, uint64(of-1))                         //nolint:gosec // a length
	return distinct(min(n, of), func() int { return int(z.Uint64()) }) //nolint:gosec // less than a length
}

func distinct(n int, draw func() int) choice {
	return func() []int {
		places := make([]int, 0, n)
		for len(places) < n {
			if place := draw(); !slices.Contains(places, place) {
				places = append(places, place)
			}
		}
		return places
	}
}
