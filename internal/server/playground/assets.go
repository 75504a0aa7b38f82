package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed assets third_party/*.js third_party/*.css
var files embed.FS

// The files that the page refers to, by media type. It stands here since what package mime knows
// depends on the machine.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// bundle is all of those files, served side by side below one path that is as much as a name for
// their contents. Modules may therefore import each other by relative paths.
type bundle struct {
	prefix string
	assets []asset
}

type asset struct {
	name      string
	mediaType string
	etag      string
	plain     []byte
	gzipped   func() []byte
}

// Read when the first handler is made, so that other commands of the program pay nothing for it.
var embedded = sync.OnceValue(func() bundle {
	var b bundle
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		mediaType, served := mediaTypes[path.Ext(name)]
		if err != nil || !served {
			return err
		}
		plain, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		hash.Write([]byte(name))
		hash.Write([]byte(strconv.Itoa(len(plain))))
		hash.Write(plain)
		b.assets = append(b.assets, asset{
			name:      path.Base(name),
			mediaType: mediaType,
			plain:     plain,
			gzipped:   sync.OnceValue(func() []byte { return compressed(plain) }),
		})
		return nil
	})
	if err != nil {
		panic("playground: " + err.Error()) // The files are inside the program: it was built wrong.
	}
	version := hex.EncodeToString(hash.Sum(nil)[:8])
	b.prefix = "/playground/" + version + "/"
	for i := range b.assets {
		b.assets[i].etag = version
	}
	return b
})

func compressed(plain []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(plain) // A buffer takes everything.
	_ = w.Close()
	return out.Bytes()
}

// ServeHTTP answers with the file, gzip-compressed for a client that accepts it.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", a.mediaType)
	header.Add("Vary", "Accept-Encoding")
	content, etag := a.plain, a.etag
	if acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		content, etag = a.gzipped(), etag+"-gzip"
	}
	header.Set("ETag", strconv.Quote(etag))
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(content))
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
