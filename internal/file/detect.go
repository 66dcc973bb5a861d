package file

import (
	"bytes"
	"net/http"
	"strings"
)

// detect is the type of a content that is no picture, without parameters. What
// a browser might run is called by its name, however it is dressed: markup that
// is found anywhere in a text makes it HTML or SVG.
func detect(content []byte) string {
	media, _, _ := strings.Cut(http.DetectContentType(content), ";")
	if strings.HasPrefix(media, "image/") && media != "image/bmp" {
		return "application/octet-stream" // looks like a picture and is none
	}
	if !strings.HasPrefix(media, "text/") {
		return media
	}
	lower := bytes.ToLower(content)
	switch {
	case bytes.Contains(lower, []byte("<svg")):
		return "image/svg+xml"
	case media == "text/html" || bytes.Contains(lower, []byte("<!doctype html")) || bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<script")):
		return "text/html"
	}
	return media
}

// inline are the types that are shown rather than downloaded.
var inline = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true, "application/pdf": true,
}

// Inline reports whether the file may be shown by a browser. Everything else is
// downloaded.
func (f File) Inline() bool { return inline[f.MediaType] }

// ServedType is the type that a browser is told. What it might run is told to
// be bytes.
func (f File) ServedType() string {
	switch {
	case f.Inline(), f.MediaType == "text/csv", f.MediaType == "text/calendar", strings.HasPrefix(f.MediaType, "application/vnd."):
		return f.MediaType
	case f.MediaType == "text/plain", f.MediaType == "text/markdown":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
