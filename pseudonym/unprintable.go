package pseudonym

import (
	"fmt"
	"io"
	"log/slog"
)

// shown is what every way of printing a secret gives.
const shown = "[secret]"

// unprintable is embedded by every type that holds key material, so that none
// of the ways in which values end up in logs shows it: fmt (all verbs), slog,
// JSON, XML, YAML and anything else that asks for text.
//
// That is half of it. fmt does not call the methods of what it finds in
// unexported fields, it walks into them, and a verb that does not suit a
// pointer makes it walk through pointers too. So these types keep their
// material sealed as well.
type unprintable struct{}

func (unprintable) String() string   { return shown }
func (unprintable) GoString() string { return shown }

func (unprintable) Format(f fmt.State, _ rune) { io.WriteString(f, shown) }

func (unprintable) LogValue() slog.Value { return slog.StringValue(shown) }

func (unprintable) MarshalText() ([]byte, error)   { return []byte(shown), nil }
func (unprintable) MarshalJSON() ([]byte, error)   { return []byte(`"` + shown + `"`), nil }
func (unprintable) MarshalBinary() ([]byte, error) { return []byte(shown), nil }

// MarshalYAML is what the YAML packages call that look for it before
// MarshalText.
func (unprintable) MarshalYAML() (any, error) { return shown, nil }

// sealed gives a pointer that reflection cannot follow: a function has no
// fields, and prints as an address.
type sealed[T any] func() *T

func seal[T any](p *T) sealed[T] { return func() *T { return p } }
