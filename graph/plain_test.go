package graph

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// TestPlainListsAreWrittenAsGqlgenDoes sends random selections of random objects to two executors, one of which writes
// plain lists straight, and compares every byte of their answers.
func TestPlainListsAreWrittenAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	var written atomic.Int64
	for seed := range uint64(1000) {
		s := &selecting{Rand: rand.New(rand.NewPCG(1, seed)), variables: map[string]any{"yes": true, "no": false}}
		document := s.document()
		fake := &fakeQuery{seed: seed}
		ordinary := respond(t, fakeExecutor(fake, nil), document, s.variables)
		straight := respond(t, fakeExecutor(fake, func(ctx context.Context, next graphql.Resolver) (any, error) {
			value, err := writePlainly(ctx, next)
			if _, is := value.(graphql.Marshaler); is {
				written.Add(1)
			}
			return value, err
		}), document, s.variables)
		if diff := cmp.Diff(ordinary, straight); diff != "" {
			t.Fatalf("seed %d: %s\n(-gqlgen's +straight)\n%s", seed, document, diff)
		}
	}
	if written.Load() < 1000 {
		t.Errorf("only %d lists were written straight: the test looks at too few", written.Load())
	}
}

// TestDeferredPartsOfPlainLists: gqlgen defers resolvers alone, so that plain fields come at once either way.
func TestDeferredPartsOfPlainLists(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		const document = "{ videosMetadata(ids: []) { id ... @defer { viewCount } version } videos(ids: []) { title } }"
		fake := &fakeQuery{seed: seed}
		ordinary, straight := respond(t, fakeExecutor(fake, nil), document, nil), respond(t, fakeExecutor(fake, writePlainly), document, nil)
		if diff := cmp.Diff(ordinary, straight); diff != "" {
			t.Fatalf("seed %d (-gqlgen's +straight)\n%s", seed, diff)
		}
	}
}

// respond gives the parts of the answer to a document, as text. Deferred ones, and the errors of one, come in any order.
func respond(t *testing.T, e *executor.Executor, document string, variables map[string]any) (parts []string) {
	t.Helper()
	ctx := graphql.StartOperationTrace(t.Context())
	operation, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if errs != nil {
		t.Fatalf("%s: %v", document, errs)
	}
	next, ctx := e.DispatchOperation(ctx, operation)
	for response := next(ctx); response != nil; response = next(ctx) {
		slices.SortFunc(response.Errors, func(a, b *gqlerror.Error) int { return strings.Compare(a.Error(), b.Error()) })
		parts = append(parts, fmt.Sprintf("%s at %v: %s, errors %v", response.Label, response.Path, response.Data, response.Errors))
		if response.HasNext == nil || !*response.HasNext {
			break
		}
	}
	slices.Sort(parts)
	return parts
}

func fakeExecutor(q *fakeQuery, around graphql.FieldMiddleware) *executor.Executor {
	config := Config{Resolvers: fakeRoot{query: q}}
	config.Directives.Auth = func(ctx context.Context, _ any, next graphql.Resolver, _ models.Role) (any, error) { return next(ctx) }
	e := executor.New(NewExecutableSchema(config))
	if around != nil {
		e.AroundFields(around)
	}
	return e
}

// selecting makes documents of what the schema has.
type selecting struct {
	*rand.Rand
	variables map[string]any
	fragments strings.Builder
	count     int
}

func (s *selecting) document() string {
	var roots strings.Builder
	for n := range 1 + s.IntN(3) {
		switch field := [...]string{"videosMetadata", "aiJobs", "videos", "feed", "notifications", "blockedUsers"}[s.IntN(6)]; field {
		case "feed", "notifications", "blockedUsers":
			node := map[string]string{"feed": "Video", "notifications": "Notification", "blockedUsers": "User"}[field]
			fmt.Fprintf(&roots, "r%d: %s { nodes %s again: nodes %s edges %s }", n, field, s.set(node, 0), s.set(node, 0), s.set(node+"Edge", 0))
		default:
			object := map[string]string{"videosMetadata": "VideoMetadata", "aiJobs": "AIJob", "videos": "Video"}[field]
			fmt.Fprintf(&roots, "r%d: %s(ids: []) %s", n, field, s.set(object, 0))
		}
	}
	return "query Q($yes: Boolean!, $no: Boolean!) {" + roots.String() + " k: __typename @skip(if: $no) @include(if: $yes) }" + s.fragments.String()
}

// set is a selection of an object, mostly of its plain fields.
func (s *selecting) set(object string, depth int) string {
	var set strings.Builder
	set.WriteString("{ always: __typename" + [...]string{"", "", " @skip(if: $yes)"}[s.IntN(3)])
	fields := parsedSchema.Types[object].Fields
	for range s.IntN(8) {
		field := fields[s.IntN(len(fields))]
		switch of := parsedSchema.Types[field.Type.Name()]; {
		case of.Kind != ast.Object:
			fmt.Fprintf(&set, " %s%s%s", s.alias(field.Name), field.Name, s.condition())
		case depth < 2 && s.IntN(4) == 0 && field.Name != "sourceVideo":
			fmt.Fprintf(&set, " %s%s %s", field.Name, s.condition(), s.set(of.Name, depth+1))
		}
	}
	if depth < 3 && s.IntN(3) == 0 {
		fmt.Fprintf(&set, " ... %s%s%s %s", [...]string{"", "on " + object}[s.IntN(2)], s.condition(), s.deferral(), s.set(object, depth+1))
	}
	if depth < 3 && s.IntN(3) == 0 {
		s.count++
		name := fmt.Sprintf("F%d", s.count)
		below := s.set(object, depth+1)
		fmt.Fprintf(&s.fragments, " fragment %s on %s %s", name, object, below)
		fmt.Fprintf(&set, " ...%s%s%s", name, s.condition(), s.deferral())
	}
	set.WriteString(" }")
	return set.String()
}

// alias names the same field the same wherever it is, so that selections merge, and no two fields alike.
func (s *selecting) alias(field string) string {
	return [...]string{"", "my_" + field + ": ", field + "2: "}[s.IntN(3)]
}

func (s *selecting) condition() string {
	return [...]string{"", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: $no)", " @skip(if: $no)", " @skip(if: false)"}[s.IntN(8)]
}

func (s *selecting) deferral() string {
	return [...]string{"", "", "", "", " @defer(if: false)", " @defer(if: $no)"}[s.IntN(6)]
}

// fakeRoot answers what the documents ask for.
type fakeRoot struct {
	ResolverRoot
	query *fakeQuery
}

func (r fakeRoot) Query() QueryResolver                 { return r.query }
func (r fakeRoot) Video() VideoResolver                 { return r }
func (r fakeRoot) VideoMetadata() VideoMetadataResolver { return fakeMetadata{query: r.query} }
func (r fakeRoot) AIJob() AIJobResolver                 { return fakeJob{query: r.query} }
func (r fakeRoot) Notification() NotificationResolver   { return fakeNotification{query: r.query} }
func (r fakeRoot) User() UserResolver                   { return fakeUser{} }
func (r fakeRoot) NotificationConnection() NotificationConnectionResolver {
	return fakeNotifications{query: r.query}
}

func (r fakeRoot) Owner(context.Context, *models.Video) (*models.User, error) {
	return some[models.User](r.query), nil
}

func (r fakeRoot) Metadata(context.Context, *models.Video) (*models.VideoMetadata, error) {
	return some[models.VideoMetadata](r.query), nil
}

type (
	fakeQuery struct {
		QueryResolver
		seed uint64
	}
	fakeMetadata struct {
		VideoMetadataResolver
		query *fakeQuery
	}
	fakeJob struct {
		AIJobResolver
		query *fakeQuery
	}
	fakeNotification struct {
		NotificationResolver
		query *fakeQuery
	}
	fakeNotifications struct {
		NotificationConnectionResolver
		query *fakeQuery
	}
	fakeUser struct{ UserResolver }
)

func (f fakeMetadata) Video(context.Context, *models.VideoMetadata) (*models.Video, error) {
	return some[models.Video](f.query), nil
}

func (f fakeJob) QueuePosition(context.Context, *models.AIJob) (*int, error) {
	return some[int](f.query), nil
}

func (f fakeNotification) Actor(context.Context, *models.Notification) (*models.User, error) {
	return some[models.User](f.query), nil
}

func (f fakeNotification) Video(context.Context, *models.Notification) (*models.Video, error) {
	return nil, nil
}

func (f fakeNotification) Job(context.Context, *models.Notification) (*models.AIJob, error) {
	return some[models.AIJob](f.query), nil
}

func (f fakeNotifications) Unread(context.Context, *models.NotificationConnection) (*models.UnreadNotifications, error) {
	return some[models.UnreadNotifications](f.query), nil
}

func (fakeUser) Credits(context.Context, *models.User) (*int, error) { return nil, nil }

func (q *fakeQuery) VideosMetadata(context.Context, []string) ([]*models.VideoMetadata, error) {
	return many[models.VideoMetadata](q), nil
}

func (q *fakeQuery) AiJobs(context.Context, []string) ([]*models.AIJob, error) {
	return many[models.AIJob](q), nil
}

func (q *fakeQuery) Videos(context.Context, []string) ([]*models.Video, error) {
	if q.seed%50 == 0 {
		return nil, errors.New("broken")
	}
	return many[models.Video](q), nil
}

func (q *fakeQuery) Feed(context.Context, int, *string) (*models.VideoConnection, error) {
	edges := many[models.VideoEdge](q)
	return &models.VideoConnection{Nodes: many[models.Video](q), Edges: edges, PageInfo: &models.PageInfo{}}, nil
}

func (q *fakeQuery) Notifications(context.Context, *models.NotificationCategory, bool, int, *string) (*models.NotificationConnection, error) {
	return &models.NotificationConnection{
		Nodes: many[models.Notification](q), Edges: many[models.NotificationEdge](q), PageInfo: &models.PageInfo{},
	}, nil
}

func (q *fakeQuery) BlockedUsers(context.Context, int, *string) (*models.UserConnection, error) {
	return &models.UserConnection{Nodes: many[models.User](q), Edges: many[models.UserEdge](q), PageInfo: &models.PageInfo{}}, nil
}

// many is a list of random objects, the same whenever the query asks; one in ten has nulls in it.
func many[T any](q *fakeQuery) []*T {
	r := rand.New(rand.NewPCG(2, q.seed))
	list := make([]*T, r.IntN(6))
	for i := range list {
		if q.seed%10 != 0 || r.IntN(3) > 0 {
			list[i] = new(T)
			fill(r, reflect.ValueOf(list[i]).Elem())
		}
	}
	return list
}

func some[T any](q *fakeQuery) *T {
	v := new(T)
	fill(rand.New(rand.NewPCG(3, q.seed)), reflect.ValueOf(v).Elem())
	return v
}

// texts hold what is hard to write as JSON.
var texts = []string{
	"", "plain", "say \"hello\"", "back\\slash", "tab\tline\nreturn\rbell\a", "\x00\x1f\x7f", "<b>&amp;</b>", "Äöü 😀 \u2028", "cut \xff off", "\xc3",
}

// fill gives a value a random content.
func fill(r *rand.Rand, v reflect.Value) {
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.UnixMicro(r.Int64N(4e15)).In(time.FixedZone("", r.IntN(86_400)-43_200))
		return
	case *models.ID:
		for i := range at {
			at[i] = byte(r.UintN(256))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(r, field)
		}
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	}
}
