// Package static serves files that are inside the program to browsers, which may keep them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The files that pages refer to, by media type. It stands here since what package mime knows
// depends on the machine.
var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// File is one that a page refers to. It is an http.Handler for GET and HEAD, whose answer may be kept for
// ever: its path must change with its contents.
type File struct {
	// Name is its path in the files that it was read from.
	Name string
	// Sum is a hash of its contents, in hexadecimal.
	Sum string

	mediaType string
	plain     []byte
	packed    func() []byte
}

// Read gives all files of the kinds that pages refer to, in the order of their names; others are left out.
func Read(files fs.FS) ([]File, error) {
	var found []File
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		mediaType, served := mediaTypes[path.Ext(name)]
		if err != nil || !served {
			return err
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		found = append(found, File{
			Name:      name,
			Sum:       hex.EncodeToString(sum[:8]),
			mediaType: mediaType,
			plain:     plain,
			packed:    sync.OnceValue(func() []byte { return compressed(plain) }),
		})
		return nil
	})
	return found, err
}

func compressed(plain []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(plain) // A buffer takes everything.
	_ = w.Close()
	return out.Bytes()
}

// ServeHTTP answers with the file, gzip-compressed for a client that accepts it.
func (f File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", f.mediaType)
	header.Set("Vary", "Accept-Encoding")
	content, tag := f.plain, f.Sum
	if acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		content, tag = f.packed(), tag+"-gzip"
	}
	header.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, f.Name, time.Time{}, bytes.NewReader(content))
}

// acceptsGzip reports whether Accept-Encoding names gzip without the weight 0. The wildcard does
// not count: a client that can decompress says so by name.
func acceptsGzip(r *http.Request) bool {
	for _, field := range r.Header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(field, ",") {
			name, weight, _ := strings.Cut(coding, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				_, value, _ := strings.Cut(weight, "=")
				q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				return err != nil || q > 0
			}
		}
	}
	return false
}
