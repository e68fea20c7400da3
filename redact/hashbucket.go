package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"redactor/detect"
	"redactor/pseudonym"
)

const (
	minBuckets = 2
	maxHashed  = 4096 // with more a bucket is one person in many data sets
)

// HashBucketOptions say how many people share a bucket, by how many buckets
// there are.
type HashBucketOptions struct {
	Subkey  *pseudonym.Subkey
	Class   detect.Class // canonical form of the value
	Buckets int          // 2 to 4096
	Test    bool         // the key is a test key: "test_" goes before
}

// HashBucket puts in the place of an identifier the number of one of a few
// buckets that it falls into by a keyed hash: many share each, on purpose. It
// is for samples and experiments ("every user of bucket 3"), which need to know
// the same value again and not whose it is. The number is 0 to Buckets - 1; a
// number becomes a number and a text a text.
//
// What stays linkable: everybody in the same bucket, for as long as the key
// lives. Fields that tell somebody apart within a bucket undo it.
func HashBucket(o HashBucketOptions) (Transform, error) {
	if o.Subkey == nil {
		return Transform{}, errors.New("hash_bucket: there is no key")
	}
	if err := between("hash_bucket", o.Buckets, minBuckets, maxHashed); err != nil {
		return Transform{}, err
	}
	// The type is not that of the class's pseudonyms: the bucket of a value must
	// not be a part of its pseudonym.
	h := &hashBucket{key: o.Subkey, class: o.Class, typ: o.Class.String() + "/bucket", buckets: uint64(o.Buckets)}
	if o.Test {
		h.prefix = testPrefix
	}
	return Transform{OpApply, RankPseudonym, fmt.Sprintf("hash_bucket %d", o.Buckets), h}, nil
}

type hashBucket struct {
	key     *pseudonym.Subkey
	class   detect.Class
	typ     string
	buckets uint64
	prefix  string
}

func (h *hashBucket) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	sum, shape := w.keyed(h.key, h.class, h.typ, v, k)
	if shape != ShapePlain {
		return dst, shape
	}
	dst = append(dst, h.prefix...)
	// Of 64 bits, 4096 buckets differ in size by less than 2^-52.
	dst = strconv.AppendUint(dst, binary.BigEndian.Uint64(sum[:8])%h.buckets, 10)
	if k == KindNumber && h.prefix == "" {
		return dst, ShapeNumber
	}
	return dst, ShapePlain
}
