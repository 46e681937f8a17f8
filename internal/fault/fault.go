// Package fault holds the errors that a person sees: a code that programs act
// on, one sentence that says what is wrong and what to do next, and, for a form,
// the fields it concerns. The cause stays behind it for the log; it is never
// shown to an officer.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Code says what kind of thing went wrong. The command line turns it into an
// exit code and the window into the place where the sentence is shown.
type Code string

const (
	CodeInvalid    Code = "invalid"    // what was entered cannot be accepted
	CodeNotFound   Code = "not_found"  // no such record
	CodeConflict   Code = "conflict"   // the record's present state does not allow it
	CodeForbidden  Code = "forbidden"  // this person, passphrase or file may not
	CodeTampered   Code = "tampered"   // a seal, digest or proof does not hold
	CodeUnreadable Code = "unreadable" // an input file cannot be read as what it claims to be
	CodeCancelled  Code = "cancelled"  // the person stopped it
	CodeInternal   Code = "internal"   // our own mistake
)

// Field is what is wrong with one field of a form. Name is the JSON name of
// the field, with dots and indexes for nested ones ("gates[0].role").
type Field struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Error is a fault. Message is one sentence for an officer.
type Error struct {
	Code    Code    `json:"code"`
	Message string  `json:"message"`
	Fields  []Field `json:"fields,omitempty"`
	// Where is the position in an input file ("line 12", "row 4", "trace 3,
	// event 7"), empty where there is none.
	Where string `json:"where,omitempty"`
	cause error
}

func (e *Error) Error() string {
	if e.Where != "" {
		return e.Where + ": " + e.Message
	}
	return e.Message
}

// Unwrap gives the cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that carries the cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At returns a copy of e that names the position in an input file.
func (e *Error) At(where string) *Error {
	c := *e
	c.Where = where
	return &c
}

// New makes a fault with a formatted sentence.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid says what to enter in one field.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Message: message, Fields: []Field{{field, message}}}
}

// Unreadable says why an input cannot be read, and where.
func Unreadable(where, format string, args ...any) *Error {
	return &Error{Code: CodeUnreadable, Where: where, Message: fmt.Sprintf(format, args...)}
}

// NotFound says that there is no such record.
func NotFound(kind, ref string) *Error {
	return New(CodeNotFound, "There is no %s %q in this register.", kind, ref)
}

// Conflict says why the record's state does not allow the change.
func Conflict(format string, args ...any) *Error { return New(CodeConflict, format, args...) }

// Forbidden says why this person, passphrase or file may not.
func Forbidden(format string, args ...any) *Error { return New(CodeForbidden, format, args...) }

// Tampered says which seal, digest or proof does not hold.
func Tampered(format string, args ...any) *Error { return New(CodeTampered, format, args...) }

// Internal hides a cause that the officer can do nothing about.
func Internal(cause error) *Error {
	return New(CodeInternal, "Assay made a mistake; nothing was saved.").Because(cause)
}

// Doing adds to an error of somebody else what was being done: "open register: disk
// I/O error". A fault says enough as it is, and nil stays nil. action begins with a
// verb: "open register".
func Doing(action string, err error) error {
	var f *Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fmt.Errorf("%s: %w", action, err)
}

// Join makes one fault of several invalid fields, nil if there are none.
func Join(fields []Field) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return &Error{Code: CodeInvalid, Message: fields[0].Message, Fields: fields}
	}
	return &Error{
		Code:    CodeInvalid,
		Message: fmt.Sprintf("There are %d things to put right.", len(fields)),
		Fields:  fields,
	}
}

// Fields collects what is wrong with the fields of a form, so that a person is told
// all of it at once. The zero Fields is ready to use.
type Fields struct{ list []Field }

// Add says what to do about a field.
func (f *Fields) Add(name, message string) {
	f.list = append(f.list, Field{Name: name, Message: message})
}

// Addf is Add with a formatted message.
func (f *Fields) Addf(name, format string, args ...any) { f.Add(name, fmt.Sprintf(format, args...)) }

// Append adds fields that somebody else found something wrong with.
func (f *Fields) Append(list ...Field) { f.list = append(f.list, list...) }

// Err is the fault of all that was said, nil where nothing was.
func (f *Fields) Err() error { return Join(f.list) }

// CodeOf is the code of the outermost fault in err; CodeInternal if there is none.
func CodeOf(err error) Code {
	var f *Error
	if errors.As(err, &f) {
		return f.Code
	}
	return CodeInternal
}

// Plain makes text from a file fit for a sentence: no control or direction
// characters, at most 100 of them.
func Plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	if rs := []rune(s); len(rs) > 100 {
		s = string(rs[:99]) + "…"
	}
	return s
}
