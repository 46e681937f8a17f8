package runlog

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow-go/v18/parquet/compress"
)

// oldLZ4 unpacks Parquet's first codec called LZ4, which was never specified; the library
// leaves it out. Programs wrote two things under that name, and each reader tries one and
// then the other, as this does. Hadoop's are frames of the two lengths, unpacked and
// packed, as four bytes with the highest first, and a block; the others, fastparquet among
// them, are a block alone, like LZ4_RAW.
type oldLZ4 struct{ compress.Codec } // of LZ4_RAW

func init() {
	raw, err := compress.GetCodec(compress.Codecs.Lz4Raw)
	if err != nil {
		panic(err) // it is part of the library
	}
	compress.RegisterCodec(compress.Codecs.Lz4, oldLZ4{raw})
}

// DecodeWithError fills dst, whose length is that of the page, or says why it cannot.
func (c oldLZ4) DecodeWithError(dst, src []byte) ([]byte, error) {
	if c.frames(dst, src) {
		return dst, nil
	}
	out, err := compress.Decode(c.Codec, dst, src)
	if err == nil && len(out) != len(dst) {
		err = errors.New("the page unpacks to another length than it says")
	}
	return out, err
}

// Decode is DecodeWithError for those who do not ask why.
func (c oldLZ4) Decode(dst, src []byte) []byte {
	out, err := c.DecodeWithError(dst, src)
	if err != nil {
		panic(err)
	}
	return out
}

// frames unpacks Hadoop's frames, and tells whether src is those and nothing else.
func (c oldLZ4) frames(dst, src []byte) bool {
	for len(src) > 0 {
		if len(src) < 8 {
			return false
		}
		size, packed := int64(binary.BigEndian.Uint32(src)), int64(binary.BigEndian.Uint32(src[4:]))
		if src = src[8:]; size > int64(len(dst)) || packed > int64(len(src)) {
			return false
		}
		out, err := compress.Decode(c.Codec, dst[:size:size], src[:packed])
		if err != nil || int64(len(out)) != size {
			return false
		}
		dst, src = dst[size:], src[packed:]
	}
	return len(dst) == 0
}
