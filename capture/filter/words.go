package filter

import "strings"

// word is one word of an expression, and where it stands.
type word struct {
	text string
	at   int
}

// split takes an expression apart: at spaces, and at parentheses, !, && and ||.
func split(expr string) (words []word) {
	for i := 0; i < len(expr); {
		switch c := expr[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')' || c == '!':
			words = append(words, word{expr[i : i+1], i})
			i++
		case strings.HasPrefix(expr[i:], "&&") || strings.HasPrefix(expr[i:], "||"):
			words = append(words, word{expr[i : i+2], i})
			i += 2
		default:
			n := strings.IndexAny(expr[i+1:], " \t\r\n()!&|")
			if n < 0 {
				n = len(expr) - i - 1
			}
			words = append(words, word{expr[i : i+1+n], i})
			i += 1 + n
		}
	}
	return words
}

// look is the word n places on, in small letters; "" behind the last.
func (p *parser) look(n int) string {
	if p.next+n >= len(p.words) {
		return ""
	}
	switch w := p.words[p.next+n].text; w {
	case "&&":
		return "and"
	case "||":
		return "or"
	case "!":
		return "not"
	default:
		return strings.ToLower(w)
	}
}

// take takes the next word.
func (p *parser) take() word {
	if p.next == len(p.words) {
		return word{"", len(p.expr)}
	}
	p.next++
	return p.words[p.next-1]
}

// fail says what is wrong at a word.
func (p *parser) fail(w word, text string) error {
	return &Error{p.expr, w.at, len(w.text), text}
}
