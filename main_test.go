package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests come in by the front door: they run the program, in their own process or in one of its
// own, and talk HTTP with it.

// patience is how long a test waits for what must happen soon, on a machine that has much to do.
const patience = 30 * time.Second

// secret signs the tests' tokens.
const secret = "a secret for tests of 32 bytes .."

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "reelgraph-built-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.folder = folder
	status := m.Run()
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// built is the real program, made by the first test that wants it.
var built struct {
	once   sync.Once
	folder string
	err    error
}

// command is the real program with nothing but the given settings in its environment. It is
// killed when the test ends, or has no more patience.
func command(t *testing.T, settings map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	built.once.Do(func() {
		build := exec.Command("go", "build", "-buildvcs=false", "-o", built.folder)
		if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
			build.Args = append(build.Args, "-race") // as the test: most of it has been compiled already
		}
		if output, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, output)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(built.folder, "reelgraph"), args...)
	cmd.Env = []string{}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// program is a running server.
type program struct {
	url    string
	stdout *output
	stderr *output
	// end asks for an orderly end; ended is closed when it has come, with err.
	end   func()
	ended chan struct{}
	err   error
}

// begin runs the server in this process, on a free port.
func begin(settings map[string]string) *program {
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{stdout: newOutput(), stderr: newOutput(), end: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = run(ctx, nil, getenv(settings), p.stdout, p.stderr)
	}()
	return p
}

// start begins, waits until the server listens, and ends it after the test.
func start(t *testing.T, settings map[string]string) *program {
	t.Helper()
	p := begin(settings)
	t.Cleanup(func() {
		p.end()
		<-p.ended
		if p.err != nil {
			t.Errorf("the server ended with: %v", p.err)
		}
	})
	p.await(t)
	return p
}

// startCommand runs the real program as a server, on a free port.
func startCommand(t *testing.T, settings map[string]string) (*program, *exec.Cmd) {
	t.Helper()
	cmd := command(t, with(settings, map[string]string{"LISTEN_ADDR": "127.0.0.1:0"}))
	p := &program{stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.stdout, p.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() { <-p.ended }) // the test's context has ended by then, which kills it
	p.await(t)
	return p, cmd
}

// getenv looks settings up; without a word on where to listen, it is a free port.
func getenv(settings map[string]string) func(string) string {
	return func(name string) string {
		if value, ok := settings[name]; ok || name != "LISTEN_ADDR" {
			return value
		}
		return "127.0.0.1:0"
	}
}

func with(settings, more map[string]string) map[string]string {
	all := maps.Clone(settings)
	maps.Copy(all, more)
	return all
}

var listening = regexp.MustCompile(`(?m)^reelgraph listens on (http://\S+)$`)

// await waits until the server says where it listens.
func (p *program) await(t *testing.T) {
	t.Helper()
	late := time.After(2 * patience)
	for {
		if found := listening.FindStringSubmatch(p.stdout.String()); found != nil {
			p.url = found[1]
			return
		}
		select {
		case <-p.stdout.more:
		case <-p.ended:
			t.Fatalf("the server did not start: %v\n%s", p.err, p.stderr)
		case <-late:
			t.Fatalf("the server does not listen\n%s%s", p.stdout, p.stderr)
		}
	}
}

// answer is what a GraphQL request is answered with.
type answer struct {
	Status int `json:"-"`
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct{ Code string }
	}
	Body string `json:"-"`
}

// ask sends a query by POST, with a token where it is not empty.
func (p *program) ask(ctx context.Context, token, query string) (answer, error) {
	return p.post(ctx, token, map[string]any{"query": query})
}

// post is ask for a request with more than a query.
func (p *program) post(ctx context.Context, token string, content map[string]any) (answer, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: response.StatusCode, Body: string(text)}
	return a, json.Unmarshal(text, &a)
}

// mustAsk is ask for a query that must be answered without errors.
func (p *program) mustAsk(t *testing.T, token, query string) answer {
	t.Helper()
	a, err := p.ask(t.Context(), token, query)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("%s\nis answered with status %d: %s", query, a.Status, a.Body)
	}
	return a
}

// get gives the status and body of a path.
func (p *program) get(t *testing.T, path string) (int, string) {
	t.Helper()
	response, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// tokenFor is what `reelgraph token` prints.
func tokenFor(t *testing.T, args ...string) string {
	t.Helper()
	var stdout bytes.Buffer
	args = append([]string{"token"}, args...)
	if err := run(t.Context(), args, getenv(map[string]string{"JWT_SECRET": secret}), &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, newline := strings.CutSuffix(stdout.String(), "\n")
	if !newline || strings.ContainsAny(text, " \n") {
		t.Fatalf("not a token alone: %q", stdout.String())
	}
	return text
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	late := time.After(patience)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !condition() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("in vain waited until %s", what)
		}
	}
}

// output is what a program has printed so far; more tells when there is more.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// status is the exit status that Wait tells of, -1 where a signal ended the process.
func status(t *testing.T, err error) int {
	t.Helper()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}
