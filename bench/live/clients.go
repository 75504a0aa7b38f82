package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"reelgraph/models"
)

// clients are the sockets of a run, each with its jobs.
type clients struct {
	deliveries
	jobs    [][]*watched
	sockets []*socket
	// ended is set where the server has said that all has been said.
	ended   []atomic.Bool
	running sync.WaitGroup
	closing atomic.Bool
	fail    context.CancelCauseFunc
}

// newClients makes a client for each user's jobs. What goes wrong later is told to fail.
func newClients(users [][jobsEach]models.AIJob, fail context.CancelCauseFunc) *clients {
	c := &clients{
		jobs: make([][]*watched, len(users)), sockets: make([]*socket, len(users)), ended: make([]atomic.Bool, len(users)), fail: fail,
	}
	for n, jobs := range users {
		for _, job := range jobs {
			c.jobs[n] = append(c.jobs[n], newWatched(job))
		}
	}
	return c
}

// subscription is the message that asks for jobs.
func subscription(jobs []*watched) string {
	return fmt.Sprintf(`{"type":"subscribe","id":"1","payload":{"query":"subscription ($ids: [ID!]!) `+
		`{ aiJobProgress(ids: $ids) { id status progress version } }","variables":{"ids":[%q,%q]}}}`, jobs[0].id, jobs[1].id)
}

// patience is how long a client waits for what must come soon.
const patience = 10 * time.Second

// open opens all sockets, some at a time, and waits for the first state of each job.
func (c *clients) open(ctx context.Context, tokens []string, server string) error {
	const atOnce = 64
	var opening errgroup.Group
	opening.SetLimit(atOnce)
	for n, jobs := range c.jobs {
		opening.Go(func() error {
			s, err := openSocket(ctx, n, server, tokens[n], subscription(jobs))
			if err != nil {
				return err
			}
			c.sockets[n] = s
			here := make(chan struct{})
			c.running.Go(func() { c.receive(n, here) })
			select {
			case <-here:
				return nil
			case <-time.After(patience):
				return fmt.Errorf("socket %d has not had the first state of each job within %s", n, patience)
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}
	return opening.Wait()
}

// receive takes what comes over a socket. It closes here when all first states are.
func (c *clients) receive(n int, here chan<- struct{}) {
	missing := len(c.jobs[n])
	for {
		message, err := c.sockets[n].next()
		now := time.Now()
		switch {
		case err != nil:
		case isOfType(message, "complete"):
			c.ended[n].Store(true)
			continue
		case isOfType(message, "next"):
			var first bool
			if first, err = c.arrive(c.jobs[n], message, now); first {
				if missing--; missing == 0 {
					close(here)
				}
			}
		default:
			err = fmt.Errorf("an unexpected message: %.300s", message)
		}
		if err != nil {
			if !c.closing.Load() {
				c.fail(fmt.Errorf("socket %d: %w", n, err))
			}
			return
		}
	}
}

// settle waits until all updates have arrived, and what has ended is told.
func (c *clients) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for c.pending.Load() > 0 || !c.allEnded() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *clients) allEnded() bool {
	_, wrong := c.endings()
	return wrong == 0
}

// endings counts the subscriptions that ended when they should, and those that did not or should not have.
func (c *clients) endings() (right, wrong int) {
	for n, jobs := range c.jobs {
		ended, due := c.ended[n].Load(), true
		for _, w := range jobs {
			due = due && w.finished
		}
		switch {
		case ended != due:
			wrong++
		case ended:
			right++
		}
	}
	return right, wrong
}

// close closes all sockets.
func (c *clients) close() {
	c.closing.Store(true)
	for _, s := range c.sockets {
		if s != nil {
			s.close()
		}
	}
	c.running.Wait()
}
