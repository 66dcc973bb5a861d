// Package ui is the design system: templ components for everything that the
// generated screens, the platform's screens and linked modules draw.
//
// Components take words that are already in the reader's language and URLs that
// are already made. They write classes of web/src, never inline styles or
// scripts, so that a strict content security policy holds. Everything works
// without a script; where one helps, the markup carries a data attribute that
// app.js looks for.
package ui
