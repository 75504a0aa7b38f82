package store

import (
	"maps"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

const (
	// noMethod is what Method answers outside of a store.
	noMethod = "other"
	// maxFrames bounds how far up Method looks: between a method and its statement lie some twenty calls.
	maxFrames = 64
)

// methods are the names that Method has found at program counters so far, empty for those outside of a Store.
var methods atomic.Pointer[map[uintptr]string]

// Method names the method of Store that the calling goroutine runs, as VideosByID: the outermost exported one, or the outermost where none
// is, as where a store has a goroutine of its own. Outside of all it is "other".
func Method() string {
	var counters [maxFrames]uintptr
	var known map[uintptr]string
	if kept := methods.Load(); kept != nil {
		known = *kept
	}
	outermost := noMethod
	for _, counter := range counters[:runtime.Callers(2, counters[:])] {
		name, found := known[counter]
		if !found {
			name = methodAt(counter)
			keepMethod(counter, name)
		}
		if name != "" && (isExported(name) || !isExported(outermost)) {
			outermost = name
		}
	}
	return outermost
}

// keepMethod remembers what is at a program counter. There are only so many in a program.
func keepMethod(counter uintptr, name string) {
	for {
		before := methods.Load()
		after := map[uintptr]string{}
		if before != nil {
			after = maps.Clone(*before)
		}
		after[counter] = name
		if methods.CompareAndSwap(before, &after) {
			return
		}
	}
}

var methodPrefix = reflect.TypeFor[Store]().PkgPath() + ".(*Store)."

// methodAt is the outermost method among the calls that were made one at a program counter, in the manner of Method.
func methodAt(counter uintptr) string {
	outermost := ""
	frames := runtime.CallersFrames([]uintptr{counter})
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		name, ours := strings.CutPrefix(frame.Function, methodPrefix)
		if !ours {
			continue
		}
		// Behind the name stand the closures in it.
		name, _, _ = strings.Cut(name, ".")
		name = strings.TrimSuffix(name, "-fm")
		if isExported(name) || !isExported(outermost) {
			outermost = name
		}
	}
	return outermost
}

func isExported(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(first)
}
