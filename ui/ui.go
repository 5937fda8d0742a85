// Package ui is the page: built files of a web app (Vite, TypeScript, Svelte; sources in src), embedded. "make ui" builds
// them anew, to the same bytes; neither "go build" nor "make run" needs Node for them.
//
// The page loads nothing from elsewhere and asks nobody but its own server. It is no part of what can be trusted about the
// log: the server that is checked ships the code that checks it. Who must not rely on that uses "lichtspur verify".
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// policy lets the page load its own files and ask its own server, and nothing else; no other page may frame it. Pictures
// made in the page (data:, blob:) are for downloads.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// file is a built file, ready to go out.
type file struct {
	media, tag string
	plain, gz  []byte
}

// Handler answers the page at / and its files. Every answer is checked for freshness by its ETag, since names stay as they are.
func Handler() (http.Handler, error) {
	files := map[string]file{}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f := file{media: mime.TypeByExtension(path.Ext(name))}
		if f.plain, err = dist.ReadFile(name); err != nil {
			return err
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err = z.Write(f.plain); err != nil {
			return err
		}
		if err = z.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(f.plain)
		f.gz, f.tag = b.Bytes(), `"`+hex.EncodeToString(sum[:16])+`"`
		files[strings.TrimSuffix(strings.TrimPrefix(name, "dist"), "index.html")] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		h.Set("Vary", "Accept-Encoding")
		h.Set("ETag", f.tag)
		if r.Header.Get("If-None-Match") == f.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := f.plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			body = f.gz
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("Content-Type", f.media)
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
	}), nil
}
