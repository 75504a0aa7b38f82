package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	dice "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"reelgraph/internal/auth"
	demoworld "reelgraph/internal/demo"
	"reelgraph/internal/seed"
	"reelgraph/internal/server/app"
	"reelgraph/internal/server/playground"
	"reelgraph/internal/store"
	"reelgraph/models"
)

const (
	// demoTokenDays is how long a demo's tokens are good. They outlive the process, since its
	// secret is kept: browser tabs and commands in a shell's history go on working.
	demoTokenDays = 30
	// demoPatience is how long a demo waits for another that is being filled.
	demoPatience = time.Minute
	// demoLockLook is how often it looks whether that one is done.
	demoLockLook = 50 * time.Millisecond
)

// demo is what is served without DATABASE_URL: a filled SQLite file, and tokens for it.
type demo struct {
	folder, databaseURL, secret string
	callers                     []demoCaller
	// running is a job that can be watched.
	running models.ID
	// hasPages says whether a browser is shown any.
	hasPages bool
	// opened tells that somebody has opened the app.
	opened chan struct{}
}

// demoCaller is somebody as whom to ask. A machine has no handle.
type demoCaller struct {
	name, handle, purpose, token string
	id                           models.ID
	role                         models.Role
}

// prepareDemo makes what is missing of the demo in the user's cache folder.
func prepareDemo(ctx context.Context, getenv func(string) string, hasPages bool) (*demo, error) {
	cache, err := cacheFolder(getenv)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cache, "reelgraph")
	d := &demo{folder: folder, databaseURL: "sqlite:" + filepath.Join(folder, "demo.db"), hasPages: hasPages, opened: make(chan struct{}, 1)}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, demoFault(err)
	}
	err = alone(ctx, filepath.Join(folder, "demo.lock"), func() error {
		if d.running, err = fillDemo(ctx, d.databaseURL); err != nil {
			return err
		}
		d.secret, err = demoSecret(filepath.Join(folder, "demo.secret"))
		return err
	})
	if err != nil {
		return nil, demoFault(err)
	}
	return d, d.sign()
}

func demoFault(err error) error {
	return fmt.Errorf("the demo cannot be made: %w; XDG_CACHE_HOME can name another folder for it, and DATABASE_URL a database of your own", err)
}

// cacheFolder is os.UserCacheDir with the environment that the program was given.
func cacheFolder(getenv func(string) string) (string, error) {
	variable, below := "HOME", ".cache"
	switch {
	case runtime.GOOS == "windows":
		variable, below = "LocalAppData", ""
	case runtime.GOOS == "darwin":
		below = filepath.Join("Library", "Caches")
	case getenv("XDG_CACHE_HOME") != "":
		variable, below = "XDG_CACHE_HOME", ""
	}
	folder := getenv(variable)
	if !filepath.IsAbs(folder) {
		return "", fmt.Errorf("%s must be the full path of a folder, in which the demo keeps its data; or DATABASE_URL must name a database", variable)
	}
	return filepath.Join(folder, below), nil
}

// alone runs work while no other process does so with the same lock file.
func alone(ctx context.Context, path string, work func() error) (err error) {
	waiting, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	lock := flock.New(path)
	if _, err := lock.TryLockContext(waiting, demoLockLook); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return work()
}

// fillDemo gives the job that runs.
func fillDemo(ctx context.Context, url string) (running models.ID, err error) {
	db, err := openMigrated(ctx, url, true, nil)
	if err != nil {
		return running, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	nouns := store.New(db)
	if err := seed.Demo(ctx, nouns); err != nil {
		return running, err
	}
	return seed.DemoRunningJob(ctx, nouns)
}

// demoSecret reads the secret in the file. Where it is missing, or too short to be one, both are made.
func demoSecret(path string) (string, error) {
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) >= 2*len(rand.Text()) {
		return string(secret), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	made := rand.Text() + rand.Text()
	return made, os.WriteFile(path, []byte(made), 0o600)
}

// sign makes the tokens.
func (d *demo) sign() error {
	for _, c := range []demoCaller{
		{name: "user", handle: "demo", purpose: "has AI jobs and notifications, and has blocked somebody", id: seed.DemoUser, role: models.RoleUser},
		{name: "moderator", handle: "moderator", purpose: "deals with what people report", id: seed.DemoModerator, role: models.RoleAdmin},
		{name: "worker", purpose: "is a machine that runs AI jobs", id: seed.DemoWorker, role: models.RoleWorker},
		{name: "service", purpose: "is a trusted backend of the platform", id: seed.DemoService, role: models.RoleService},
	} {
		var err error
		c.token, err = auth.Config{Secret: []byte(d.secret)}.Sign(models.Caller{
			ID: c.id, Roles: []models.Role{c.role}, ExpiresAt: time.Now().AddDate(0, 0, demoTokenDays),
		})
		if err != nil {
			return err
		}
		d.callers = append(d.callers, c)
	}
	return nil
}

// token is that of the caller with the role.
func (d *demo) token(role models.Role) string {
	return d.callers[slices.IndexFunc(d.callers, func(c demoCaller) bool { return c.role == role })].token
}

func (d *demo) pages() pages { return pages{d.playground(), d.app()} }

// app lets visitors be those of the callers who are people.
func (d *demo) app() app.Options {
	var users []app.User
	for _, c := range d.callers {
		if c.handle != "" {
			users = append(users, app.User{
				Name: c.name, ID: c.id.String(), Handle: c.handle, Token: c.token, Roles: []string{string(c.role)},
			})
		}
	}
	return app.Options{Settings: app.Settings{Users: users}, Opened: func() {
		select {
		case d.opened <- struct{}{}:
		default: // It has been told so, and not heard it yet.
		}
	}}
}

// playground asks as the user, and in tabs that want another role as who has it.
func (d *demo) playground() playground.Options {
	as := func(role models.Role) map[string]string {
		return map[string]string{"Authorization": "Bearer " + d.token(role)}
	}
	tabs := playground.Examples(playground.Things{
		VideoIDs:        texts(seed.DemoVideoIDs()),
		JobIDs:          texts(seed.DemoJobIDs()),
		RunningJobID:    d.running.String(),
		NotificationIDs: texts(seed.DemoNotificationIDs()),
		UserID:          seed.DemoUser.String(),
		OtherIDs:        texts(seed.DemoUserIDs()),
		CaseIDs:         texts(seed.DemoCaseIDs()),
	})
	for i := range tabs {
		if tabs[i].Role != "" {
			tabs[i].Headers = as(models.Role(tabs[i].Role))
		}
	}
	return playground.Options{Headers: as(models.RoleUser), Tabs: tabs}
}

// work runs the demo's worker and its audience, as clients of the server at the URL, until ctx ends.
func (d *demo) work(ctx context.Context, url string, log *slog.Logger) {
	client := func(role models.Role) demoworld.Client {
		return demoworld.Client{Endpoint: url + "/graphql", Token: d.token(role), Pace: time.Second, Log: log}
	}
	worker := demoworld.Worker{Client: client(models.RoleWorker)}
	audience := demoworld.Audience{
		Client: client(models.RoleService),
		Opened: d.opened,
		Spared: texts(seed.DemoVideoIDs()), // Examples show their counters.
		Dice:   dice.IntN,
	}
	var both sync.WaitGroup
	both.Go(func() { worker.Run(ctx) })
	both.Go(func() { audience.Run(ctx) })
	both.Wait()
}

func texts(ids []models.ID) []string {
	var list []string
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}

// introduction tells whoever has started the demo what to do with it.
func (d *demo) introduction(url string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\nThis is a demo, as DATABASE_URL is not set. Its data is in %s\n", d.folder)
	if d.hasPages {
		fmt.Fprintf(&text, "Open %s in a browser for the playground, or %s/app for an app in which everything is live.\n", url, url)
	}
	fmt.Fprintf(&text, `Ask from a terminal:

  curl %s/graphql -H 'Content-Type: application/json' \
    -d '{"query": "{ trendingVideos(first: 3) { nodes { title metadata { viewCount } } } }"}'

AI jobs that you start go to a worker of the demo's, which pretends: after some seconds they have a result.

Tokens for -H 'Authorization: Bearer TOKEN', good for %d days, each behind the name of who it is for:

`, url, demoTokenDays)
	for _, caller := range d.callers {
		fmt.Fprintf(&text, "%s (%s): %s\n", caller.name, caller.purpose, caller.token)
	}
	return text.String()
}
