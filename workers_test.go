package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// The example workers of docs/workers.md, run as whoever copies them would.

const workersFolder = "docs/workers"

// builtWorker is the one in Go, made by the first test that wants it.
var builtWorker = sync.OnceValues(func() (string, error) {
	name := filepath.Join(built.folder, "worker")
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", name, "./"+workersFolder+"/go").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, output)
	}
	return name, err
})

// pace is how an example worker works, in seconds.
type pace struct{ lease, work int }

// exampleWorkers start one, by the language that it is written in.
var exampleWorkers = map[string]func(t *testing.T, p pace) *exec.Cmd{
	"Go": func(t *testing.T, p pace) *exec.Cmd {
		t.Helper()
		name, err := builtWorker()
		if err != nil {
			t.Fatal(err)
		}
		return exec.Command(name, fmt.Sprintf("-lease=%ds", p.lease), fmt.Sprintf("-work=%ds", p.work))
	},
	"bash": func(_ *testing.T, p pace) *exec.Cmd {
		cmd := exec.Command(workersFolder + "/worker.sh")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LEASE_SECONDS=" + strconv.Itoa(p.lease), "WORK_SECONDS=" + strconv.Itoa(p.work)}
		return cmd
	},
}

// worker is an example worker that runs.
type worker struct {
	*exec.Cmd
	log   *output
	ended chan struct{}
	err   error
}

// startWorker runs an example worker until the test ends, with all that it has started.
func startWorker(t *testing.T, cmd *exec.Cmd, url, token string) *worker {
	t.Helper()
	w := &worker{Cmd: cmd, log: newOutput(), ended: make(chan struct{})}
	cmd.Env = append(cmd.Env, "REELGRAPH_URL="+url, "REELGRAPH_TOKEN="+token)
	cmd.Stdout, cmd.Stderr = w.log, w.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		w.err = cmd.Wait()
	}()
	t.Cleanup(func() { w.kill(t) })
	return w
}

// kill ends it as a power cut would.
func (w *worker) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-w.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Error(err)
	}
	<-w.ended
}

// ends asks it to end, and all that it has started, as systemd does, and wants it to do so well.
func (w *worker) ends(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-w.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.ended:
	case <-time.After(patience):
		t.Fatalf("SIGTERM does not end it\n%s", w.log)
	}
	if status := status(t, w.err); status != 0 {
		t.Errorf("SIGTERM ends it with status %d\n%s", status, w.log)
	}
}

// jobOwner is somebody with jobs for workers.
type jobOwner struct {
	*program
	token string
}

func (o jobOwner) start(t *testing.T, input string) (id string) {
	t.Helper()
	a := o.mustAsk(t, o.token, `mutation { startAIJob(input: {`+input+`}) { job { id status } } }`)
	found := regexp.MustCompile(`"id":"([0-9a-f-]{36})","status":"QUEUED"`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("started: %s", a.Body)
	}
	return found[1]
}

// awaits waits until a job is as wanted: its status, attempts, whether it has a result, and its error's code.
func (o jobOwner) awaits(t *testing.T, id, want string) {
	t.Helper()
	eventually(t, "the job is "+want, func() bool {
		a := o.mustAsk(t, o.token, `{ aiJobs(ids: ["`+id+`"]) { status attempts errorCode resultUrl } }`)
		return strings.Contains(strings.ReplaceAll(a.Body, `"`, ""), want)
	})
}

func (o jobOwner) wants(t *testing.T, query, want string) {
	t.Helper()
	if a := o.mustAsk(t, o.token, query); !strings.HasPrefix(a.Body, `{"data":`+want+`,"extensions":`) {
		t.Errorf("%s\n got %s\nwant %s", query, a.Body, want)
	}
}

// lossy stands between a worker and its server: the first claim meets a gateway's page, and the answer to the
// first report of a result gets lost on its way.
func lossy(t *testing.T, url string) string {
	t.Helper()
	var claimed, completed sync.Once
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		away := false
		if bytes.Contains(body, []byte("claimAIJobs")) {
			claimed.Do(func() { away = true })
		}
		if away {
			http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
			return
		}
		forwarded := r.Clone(r.Context())
		forwarded.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		target, _ := neturl.Parse(url)
		httputil.NewSingleHostReverseProxy(target).ServeHTTP(answer, forwarded)
		if bytes.Contains(body, []byte("COMPLETED")) {
			completed.Do(func() { panic(http.ErrAbortHandler) })
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func TestExampleWorkers(t *testing.T) {
	t.Parallel()
	for language, example := range exampleWorkers {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			db := testdb.SQLite(t)
			p := start(t, serving(t, db))
			db.Exec(t, "UPDATE users SET credits = 100")
			owner := jobOwner{p, tokenFor(t, "--user", someone)}
			token := tokenFor(t, "--user", models.NewID().String(), "--role", "WORKER")
			run := func(t *testing.T, how pace) *worker {
				t.Helper()
				return startWorker(t, example(t, how), p.url, token)
			}
			caption := `kind: CAPTION, sourceVideoId: "` + someVideo + `"`

			t.Run("jobs come to their ends", func(t *testing.T) {
				made, captions, failed := owner.start(t, `kind: GENERATE, prompt: "\"prompt\":null"`), owner.start(t, caption), owner.start(t, "kind: GENERATE")
				w := run(t, pace{30, 1}) // longer than a slow machine needs
				for _, id := range []string{made, captions} {
					owner.awaits(t, id, `status:COMPLETED,attempts:1,errorCode:null,resultUrl:https://cdn.example.com/results/`+id)
				}
				owner.awaits(t, failed, `status:FAILED,attempts:1,errorCode:WORKER_ERROR,resultUrl:null`)
				owner.wants(t, `{ me { credits } notifications { unread { total } } }`, `{"me":{"credits":89},"notifications":{"unread":{"total":3}}}`)
				w.ends(t)
			})
			t.Run("a canceled job is left", func(t *testing.T) {
				id := owner.start(t, caption)
				w := run(t, pace{5, 20})
				owner.awaits(t, id, "status:PROCESSING")
				owner.wants(t, `mutation { cancelAIJobs(ids: ["`+id+`"]) { canceledCount } }`, `{"cancelAIJobs":{"canceledCount":1}}`)
				eventually(t, "the worker stops", func() bool { return strings.Contains(w.log.String(), "FINISHED") })
				owner.wants(t, `{ me { credits } }`, `{"me":{"credits":89}}`)
				w.ends(t)
			})
			t.Run("another worker gets the job of one that was killed", func(t *testing.T) {
				id := owner.start(t, caption)
				first := run(t, pace{5, 20})
				owner.awaits(t, id, "status:PROCESSING")
				first.kill(t)
				owner.awaits(t, id, "status:QUEUED,attempts:1")

				second := run(t, pace{30, 1}) // so that it keeps the job, however slow the machine
				owner.awaits(t, id, "attempts:2")
				// Only then does bash's part that makes things surely ignore signals.
				eventually(t, "the job goes on", func() bool {
					a := owner.mustAsk(t, owner.token, `{ aiJobs(ids: ["`+id+`"]) { status progress } }`)
					return regexp.MustCompile(`"COMPLETED"|"progress":[2-9]\d`).MatchString(a.Body)
				})
				second.ends(t) // when the job is done
				owner.awaits(t, id, "status:COMPLETED,attempts:2")
			})
			t.Run("an answer that is lost does not matter", func(t *testing.T) {
				id := owner.start(t, caption)
				w := startWorker(t, example(t, pace{30, 1}), lossy(t, p.url), token)
				eventually(t, "the last report is repeated", func() bool { return strings.Contains(w.log.String(), "COMPLETED FINISHED") })
				owner.awaits(t, id, "status:COMPLETED,attempts:1")
				owner.wants(t, `{ notifications { unread { total } } }`, `{"notifications":{"unread":{"total":5}}}`)
				w.ends(t)
			})
			t.Run("a server that is away for a moment is waited for", func(t *testing.T) {
				w := startWorker(t, example(t, pace{5, 1}), "http://127.0.0.1:1", token)
				eventually(t, "it has tried", func() bool { return strings.Contains(w.log.String(), "127.0.0.1") })
				w.ends(t)
			})
			t.Run("a bad token ends the worker", func(t *testing.T) {
				w := startWorker(t, example(t, pace{5, 1}), p.url, owner.token)
				<-w.ended
				if status := status(t, w.err); status != 1 || !strings.Contains(w.log.String(), "FORBIDDEN") {
					t.Errorf("status %d\n%s", status, w.log)
				}
			})
		})
	}
}

// What docs/workers.md shows is what runs.
func TestWorkersDocument(t *testing.T) {
	t.Parallel()
	document := string(content(t, "docs/workers.md"))
	programs := map[string]string{
		"go": string(content(t, workersFolder+"/go/main.go")), "bash": string(content(t, workersFolder+"/worker.sh")),
	}
	schema := gqlparser.MustLoadSchema(schemaSources(t)...)
	shown := map[string]int{}
	for _, block := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		language, text := block[1], block[2]
		shown[language]++
		if program, quoted := programs[language]; quoted && !strings.Contains(program, text) {
			t.Errorf("the example in %s does not have\n%s", language, text)
		}
		if language == "graphql" {
			if _, err := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules()); err != nil {
				t.Errorf("%s%v", text, err)
			}
		}
	}
	if shown["go"] < 2 || shown["bash"] < 1 || shown["graphql"] < 2 {
		t.Errorf("the document shows %v", shown)
	}
	// Its links lead somewhere.
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(document, -1) {
		if _, err := os.Stat(filepath.Join("docs", link[1])); err != nil {
			t.Error(err)
		}
	}
}

func schemaSources(t *testing.T) []*ast.Source {
	t.Helper()
	names, err := filepath.Glob("schema/*.graphqls")
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, name := range names {
		sources = append(sources, &ast.Source{Name: name, Input: string(content(t, name))})
	}
	return sources
}
