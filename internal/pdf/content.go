package pdf

import "io"

// Operation is an operator of a content stream with its operands (ISO 32000-1, 7.8.2).
type Operation struct {
	Operator string
	Operands []Value
}

// Operations reads a content stream, or a character map, which has the same
// syntax, and calls do for each operator until do returns false. Inline images
// are not read: their data are no tokens. Errors: unreadable.
func Operations(content []byte, do func(Operation) bool) error {
	l := &lexer{src: append(content[:len(content):len(content)], ' ')} // a token ends before something
	var operands []Value
	for {
		l.space()
		if l.pos >= len(l.src) {
			return nil
		}
		l.values = 0 // the bound is meant for one object
		v, op, err := l.token()
		switch {
		case err == errShort:
			return l.fail("its content %v", io.ErrUnexpectedEOF)
		case err != nil:
			return err
		case op == "":
			if operands = append(operands, v); len(operands) > maxOperands {
				return l.fail("an operator has more than %d operands", maxOperands)
			}
			continue
		}
		if !do(Operation{Operator: op, Operands: operands}) {
			return nil
		}
		operands = nil
	}
}

// maxOperands is what one operator may have: a character map of a large font
// has a hundred a line.
const maxOperands = 1000

// token reads a value or, where none begins, the word of an operator.
func (l *lexer) token() (v Value, operator string, err error) {
	start, c := l.pos, l.src[l.pos]
	if isDelimiter(c) || c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9' {
		v, err = l.Value(0)
		return v, "", err
	}
	switch w := l.word(); w {
	case "null", "true", "false":
		l.pos = start
		v, err = l.Value(0)
		return v, "", err
	default:
		return v, w, nil
	}
}
