package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
)

// Encoding is what a record within a value may be wrapped in.
type Encoding uint8

const (
	EncodingBase64    Encoding = iota // RFC 4648 section 4, padded or not
	EncodingBase64URL                 // section 5
	EncodingHex
	EncodingGzip
	EncodingPercent // of URLs
	numEncodings
)

var encodingNames = [numEncodings]string{"base64", "base64url", "hex", "gzip", "percent"}

// String returns the encoding as a policy names it.
func (e Encoding) String() string { return encodingNames[e] }

// ParseEncoding returns the encoding of a name.
func ParseEncoding(name string) (Encoding, bool) {
	n := slices.Index(encodingNames[:], name)
	return Encoding(max(0, n)), n >= 0
}

// maxEncodings bounds what a value is unwrapped from.
const maxEncodings = 4

// variant is how an encoding was spelled, so that the output is spelled alike.
type variant uint8

const (
	unpadded variant = 1 << iota // of base64
	capitals                     // of hex
)

// coder is the scratch of encoding and decoding.
type coder struct {
	in     bytes.Reader
	out    sliceWriter
	reader *gzip.Reader
	writer *gzip.Writer
}

// sliceWriter appends what is written to it.
type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// decode appends the text that is in v, of at most limit bytes.
func (c *coder) decode(dst, v []byte, e Encoding, limit int) ([]byte, variant, bool) {
	switch e {
	case EncodingBase64, EncodingBase64URL:
		return decodeBase64(dst, v, e)
	case EncodingHex:
		return decodeHex(dst, v)
	case EncodingPercent:
		return appendUnpercent(dst, v, false), 0, true
	}
	out, ok := c.gunzip(dst, v, limit)
	return out, 0, ok
}

// encode appends text in an encoding.
func (c *coder) encode(dst, text []byte, e Encoding, how variant) []byte {
	switch e {
	case EncodingBase64, EncodingBase64URL:
		return base64Of(e, how).AppendEncode(dst, text)
	case EncodingHex:
		n := len(dst)
		dst = hex.AppendEncode(dst, text)
		if how == capitals {
			for i := n; i < len(dst); i++ {
				if dst[i] >= 'a' {
					dst[i] -= 'a' - 'A'
				}
			}
		}
		return dst
	case EncodingPercent:
		return appendPercent(dst, text, false)
	}
	return c.gzip(dst, text)
}

func base64Of(e Encoding, how variant) *base64.Encoding {
	switch {
	case e == EncodingBase64 && how == unpadded:
		return base64.RawStdEncoding
	case e == EncodingBase64:
		return base64.StdEncoding
	case how == unpadded:
		return base64.RawURLEncoding
	}
	return base64.URLEncoding
}

func decodeBase64(dst, v []byte, e Encoding) ([]byte, variant, bool) {
	how := variant(0)
	if len(v)%4 != 0 {
		how = unpadded
	}
	enc := base64Of(e, how)
	dst = slices.Grow(dst, enc.DecodedLen(len(v)))
	n, err := enc.Decode(dst[:cap(dst)], v)
	return dst[:n], how, err == nil
}

func decodeHex(dst, v []byte) ([]byte, variant, bool) {
	if len(v)%2 != 0 {
		return dst, 0, false
	}
	how := variant(0)
	for i := 0; i < len(v); i += 2 {
		if unhex(v[i]) == 16 || unhex(v[i+1]) == 16 {
			return dst, 0, false
		}
		if v[i]-'A' < 6 || v[i+1]-'A' < 6 {
			how = capitals
		}
		dst = append(dst, unhex(v[i])<<4|unhex(v[i+1]))
	}
	return dst, how, true
}

// gunzip appends the content of a gzip file. One that inflates beyond the limit
// is refused: it is a bomb, or no record.
func (c *coder) gunzip(dst, v []byte, limit int) ([]byte, bool) {
	c.in.Reset(v)
	if c.reader == nil {
		c.reader = new(gzip.Reader)
	}
	if c.reader.Reset(&c.in) != nil {
		return dst, false
	}
	for {
		if len(dst) > limit {
			return dst, false
		}
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, max(512, len(dst)))
		}
		n, err := c.reader.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err != nil {
			return dst, err == io.EOF && c.in.Len() == 0
		}
	}
}

// gzip appends a gzip file. It holds no time and no name, so that one text is
// always one file.
func (c *coder) gzip(dst, text []byte) []byte {
	c.out.b = dst
	if c.writer == nil {
		c.writer = gzip.NewWriter(&c.out)
	} else {
		c.writer.Reset(&c.out)
	}
	c.writer.Write(text) // a sliceWriter does not fail
	c.writer.Close()
	dst, c.out.b = c.out.b, nil
	return dst
}
