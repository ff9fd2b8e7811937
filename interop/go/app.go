package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	echoProtocol = protocol.ID("/interop/echo/1")
	bulkProtocol = protocol.ID("/interop/bulk/1")
	holdProtocol = protocol.ID("/interop/hold/1")
)

// serve answers the three protocols that peers run with each other through the relay.
func (p *interopPeer) serve() {
	p.host.SetStreamHandler(echoProtocol, func(s network.Stream) {
		if _, err := io.Copy(s, s); err != nil {
			s.Reset()
			return
		}
		s.Close()
	})
	p.host.SetStreamHandler(bulkProtocol, p.serveBulk)
	p.host.SetStreamHandler(holdProtocol, func(s network.Stream) {
		emit("stream", fields{"stream": p.hold(s), "peer": s.Conn().RemotePeer().String()})
	})
}

// newStream opens a stream that may run over a limited connection.
func (p *interopPeer) newStream(ctx context.Context, c command, id protocol.ID) (network.Stream, error) {
	target, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	s, err := p.host.NewStream(network.WithAllowLimitedConn(ctx, "interop"), target, id)
	if err != nil {
		return nil, err
	}
	setDeadline(ctx, s)
	return s, nil
}

func setDeadline(ctx context.Context, s network.Stream) {
	if deadline, ok := ctx.Deadline(); ok {
		s.SetDeadline(deadline)
	}
}

func (p *interopPeer) open(ctx context.Context, c command) (fields, error) {
	s, err := p.newStream(ctx, c, holdProtocol)
	if err != nil {
		return nil, err
	}
	s.SetDeadline(time.Time{})
	return fields{"stream": p.hold(s)}, nil
}

// echo sends frames one at a time, each after the last came back whole, then ends its side and expects the other's end.
func (p *interopPeer) echo(ctx context.Context, c command) (fields, error) {
	s, err := p.newStream(ctx, c, echoProtocol)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	source := newNoise64(c.Seed)
	total := 0
	for i := range c.Frames {
		frame := make([]byte, 1+i*7%1021)
		source.Read(frame)
		if _, err := s.Write(frame); err != nil {
			return nil, fmt.Errorf("frame %d: %w", i, err)
		}
		back := make([]byte, len(frame))
		if _, err := io.ReadFull(s, back); err != nil {
			return nil, fmt.Errorf("frame %d: %w", i, err)
		}
		if !bytes.Equal(frame, back) {
			return nil, fmt.Errorf("frame %d came back changed", i)
		}
		total += len(frame)
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	_, _, end := receive(s, 0)
	return fields{"frames": c.Frames, "bytes": total, "end": end}, nil
}

// bulk sends and receives c.Bytes at the same time, ends its side, and then still gets the hash of what the other side
// received: the half-open direction works.
func (p *interopPeer) bulk(ctx context.Context, c command) (fields, error) {
	s, err := p.newStream(ctx, c, bulkProtocol)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	header := binary.BigEndian.AppendUint64(nil, uint64(c.Bytes))
	if _, err := s.Write(header); err != nil {
		return nil, err
	}
	result, err := exchange(s, c.Seed, c.Bytes)
	if err != nil {
		s.Reset()
		return nil, err
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	theirs := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s, theirs); err != nil {
		return nil, fmt.Errorf("the hash after our end: %w", err)
	}
	if hex.EncodeToString(theirs) != result["sent_sha256"] {
		return nil, errors.New("the other side received something else than was sent")
	}
	_, _, result["end"] = receive(s, 0)
	return result, nil
}

func (p *interopPeer) serveBulk(s network.Stream) {
	s.SetDeadline(time.Now().Add(2 * defaultTimeout))
	result, err := answerBulk(s)
	if err != nil {
		s.Reset()
		emit("bulk_failed", fields{"reason": err.Error()})
		return
	}
	s.Close()
	result["peer"] = s.Conn().RemotePeer().String()
	emit("bulk", result)
}

func answerBulk(s network.Stream) (fields, error) {
	header := make([]byte, 8)
	if _, err := io.ReadFull(s, header); err != nil {
		return nil, err
	}
	count := int64(binary.BigEndian.Uint64(header))
	result, err := exchange(s, uint64(count)+1, count)
	if err != nil {
		return nil, err
	}
	if _, _, end := receive(s, 0); end != "eof" {
		return nil, fmt.Errorf("expected the end, got %s", end)
	}
	sum, err := hex.DecodeString(result["received_sha256"].(string))
	if err != nil {
		return nil, err
	}
	_, err = s.Write(sum)
	return result, err
}

// exchange sends and receives count bytes at the same time.
func exchange(s network.Stream, seed uint64, count int64) (fields, error) {
	type outcome struct {
		count int64
		sum   string
		err   error
	}
	sending := make(chan outcome, 1)
	go func() {
		sent, sum, err := send(s, seed, count)
		sending <- outcome{sent, sum, err}
	}()
	received, sum, end := receive(s, count)
	if end != "open" {
		s.Reset() // unblocks the sender
	}
	sent := <-sending
	if end != "open" {
		return nil, fmt.Errorf("received %d of %d bytes, then %s", received, count, end)
	}
	if sent.err != nil {
		return nil, fmt.Errorf("sent %d of %d bytes: %w", sent.count, count, sent.err)
	}
	return fields{"sent": sent.count, "sent_sha256": sent.sum, "received": received, "received_sha256": sum}, nil
}

func (p *interopPeer) write(ctx context.Context, c command) (fields, error) {
	s, err := p.stream(c.Stream)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		s.SetWriteDeadline(deadline)
	}
	sent, sum, err := send(s, c.Seed, c.Bytes)
	result := fields{"bytes": sent, "sha256": sum, "end": "open"}
	if err != nil {
		result["end"] = ending(err)
	}
	return result, nil
}

func (p *interopPeer) read(ctx context.Context, c command) (fields, error) {
	s, err := p.stream(c.Stream)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		s.SetReadDeadline(deadline)
	}
	received, sum, end := receive(s, c.Bytes)
	return fields{"bytes": received, "sha256": sum, "end": end}, nil
}
