package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/libp2p/go-libp2p/core/network"
)

const chunkSize = 16 * 1024

// noise64 is xorshift64: bytes that do not compress or repeat, the same for the same seed.
type noise64 struct{ state uint64 }

func newNoise64(seed uint64) *noise64 { return &noise64{seed*2 + 0x9e3779b97f4a7c15} }

func (n *noise64) Read(buf []byte) (int, error) {
	for i := range buf {
		if i%8 == 0 {
			n.state ^= n.state << 13
			n.state ^= n.state >> 7
			n.state ^= n.state << 17
		}
		buf[i] = byte(n.state >> (8 * (i % 8)))
	}
	return len(buf), nil
}

// send writes count bytes and tells how many went out, with their hash, also when it fails on the way.
func send(w io.Writer, seed uint64, count int64) (int64, string, error) {
	source := newNoise64(seed)
	sum := sha256.New()
	buf := make([]byte, chunkSize)
	var sent int64
	for sent < count {
		chunk := buf[:min(chunkSize, count-sent)]
		source.Read(chunk)
		n, err := w.Write(chunk)
		sum.Write(chunk[:n])
		sent += int64(n)
		if err != nil {
			return sent, hexSum(sum), err
		}
	}
	return sent, hexSum(sum), nil
}

// receive reads count bytes, or to the end when count is 0, and says how it ended: "open" (there may be more), "eof",
// "reset", or the error.
func receive(r io.Reader, count int64) (int64, string, string) {
	sum := sha256.New()
	buf := make([]byte, 64*1024)
	var received int64
	for count == 0 || received < count {
		room := int64(len(buf))
		if count > 0 {
			room = min(room, count-received)
		}
		n, err := r.Read(buf[:room])
		sum.Write(buf[:n])
		received += int64(n)
		if err != nil {
			return received, hexSum(sum), ending(err)
		}
	}
	return received, hexSum(sum), "open"
}

func ending(err error) string {
	if errors.Is(err, io.EOF) {
		return "eof"
	}
	if errors.Is(err, network.ErrReset) {
		return "reset"
	}
	return err.Error()
}

func hexSum(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }
