package expr

import (
	"strconv"
	"strings"
)

// searchConfigs are the text search configurations that every PostgreSQL has.
var searchConfigs = []string{
	"simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hindi",
	"hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian", "serbian",
	"spanish", "swedish", "tamil", "turkish", "yiddish",
}

// canonicalQuery reads a query in the notation of to_tsquery and writes it with
// every word quoted, so that PostgreSQL cannot refuse it. False when it is none.
func canonicalQuery(text string) (string, bool) {
	p := queryParser{text: text}
	p.or(0)
	p.space()
	return p.out.String(), !p.bad && p.at == len(p.text)
}

type queryParser struct {
	text string
	at   int
	out  strings.Builder
	bad  bool
}

func (p *queryParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *queryParser) take(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *queryParser) or(depth int) {
	p.and(depth)
	for !p.bad && p.take('|') {
		p.out.WriteString(" | ")
		p.and(depth)
	}
}

func (p *queryParser) and(depth int) {
	p.phrase(depth)
	for !p.bad && p.take('&') {
		p.out.WriteString(" & ")
		p.phrase(depth)
	}
}

func (p *queryParser) phrase(depth int) {
	p.not(depth)
	for !p.bad && p.take('<') {
		end := strings.IndexByte(p.text[p.at:], '>')
		if end < 0 {
			p.bad = true
			return
		}
		distance := p.text[p.at : p.at+end]
		if n, err := strconv.Atoi(distance); distance != "-" && (err != nil || n < 0 || n > 1000 || strconv.Itoa(n) != distance) {
			p.bad = true
			return
		}
		p.at += end + 1
		p.out.WriteString(" <" + distance + "> ")
		p.not(depth)
	}
}

func (p *queryParser) not(depth int) {
	switch {
	case depth > MaxDepth:
		p.bad = true
	case p.take('!'):
		p.out.WriteString("!")
		p.not(depth + 1)
	case p.take('('):
		p.out.WriteString("(")
		p.or(depth + 1)
		p.bad = p.bad || !p.take(')')
		p.out.WriteString(")")
	default:
		p.word()
	}
}

// word reads a word, quoted or bare, and its label: word:*, 'two words':A.
func (p *queryParser) word() {
	p.space()
	word := ""
	if rest := p.text[p.at:]; strings.HasPrefix(rest, "'") {
		end := 1
		for ; end < len(rest); end++ {
			if rest[end] != '\'' {
				continue
			}
			if !strings.HasPrefix(rest[end+1:], "'") {
				break
			}
			end++
		}
		if end >= len(rest) {
			p.bad = true
			return
		}
		word = strings.ReplaceAll(rest[1:end], "''", "'")
		p.at += end + 1
	} else {
		end := strings.IndexAny(rest, " \t\r\n&|!<>():'\\")
		if end < 0 {
			end = len(rest)
		}
		word = rest[:end]
		p.at += end
	}
	if strings.TrimSpace(word) == "" {
		p.bad = true
		return
	}
	p.out.WriteString("'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(word) + "'")
	if p.at < len(p.text) && p.text[p.at] == ':' {
		start := p.at
		for p.at++; p.at < len(p.text) && strings.IndexByte("*ABCDabcd", p.text[p.at]) >= 0; p.at++ {
		}
		p.out.WriteString(p.text[start:p.at])
		p.bad = p.bad || p.at == start+1
	}
}
