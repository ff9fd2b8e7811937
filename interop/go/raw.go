package main

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/pb"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/util"
)

const maxMessageBytes = 4096

// A circuit by hand: after the handshake the test writes and reads the very stream that the relay splices, with no
// security protocol on top, so each byte, FIN and reset is the relay's own.

// circuit opens HOP to the relay at c.Addr and asks for c.Peer.
func (p *interopPeer) circuit(ctx context.Context, c command) (fields, error) {
	relay, err := peer.AddrInfoFromString(c.Addr)
	if err != nil {
		return nil, err
	}
	target, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	if err := p.host.Connect(ctx, *relay); err != nil {
		return nil, err
	}
	s, err := p.host.NewStream(ctx, relay.ID, proto.ProtoIDv2Hop)
	if err != nil {
		return nil, err
	}
	setDeadline(ctx, s)
	request := pb.HopMessage{Type: pb.HopMessage_CONNECT.Enum(), Peer: util.PeerInfoToPeerV2(peer.AddrInfo{ID: target})}
	if err := util.NewDelimitedWriter(s).WriteMsg(&request); err != nil {
		s.Reset()
		return nil, err
	}
	reader := util.NewDelimitedReader(s, maxMessageBytes)
	defer reader.Close()
	var reply pb.HopMessage
	if err := reader.ReadMsg(&reply); err != nil {
		s.Reset()
		return nil, err
	}
	if reply.GetType() != pb.HopMessage_STATUS {
		s.Reset()
		return nil, fmt.Errorf("expected STATUS, got %s", reply.GetType())
	}
	if reply.GetStatus() != pb.Status_OK {
		_, _, end := receive(s, 0)
		s.Close()
		return fields{"end": end}, refusal{reply.GetStatus().String()}
	}
	s.SetDeadline(time.Time{})
	return fields{"stream": p.hold(s), "limit": messageLimit(reply.GetLimit())}, nil
}

func messageLimit(limit *pb.Limit) any {
	if limit == nil {
		return nil
	}
	return fields{"duration": limit.GetDuration(), "data": limit.GetData()}
}

// serveStop takes circuits, or refuses them all.
func (p *interopPeer) serveStop() {
	p.host.SetStreamHandler(proto.ProtoIDv2Stop, func(s network.Stream) {
		s.SetDeadline(time.Now().Add(defaultTimeout))
		event, err := p.answerStop(s)
		if err != nil {
			s.Reset()
			emit("stop_failed", fields{"reason": err.Error()})
			return
		}
		s.SetDeadline(time.Time{})
		emit("circuit", event)
	})
}

func (p *interopPeer) answerStop(s network.Stream) (fields, error) {
	reader := util.NewDelimitedReader(s, maxMessageBytes)
	defer reader.Close()
	var request pb.StopMessage
	if err := reader.ReadMsg(&request); err != nil {
		return nil, err
	}
	if request.GetType() != pb.StopMessage_CONNECT {
		return nil, fmt.Errorf("expected CONNECT, got %s", request.GetType())
	}
	source, err := util.PeerToPeerInfoV2(request.GetPeer())
	if err != nil {
		return nil, err
	}
	status := pb.Status_OK
	if p.refuse {
		status = pb.Status_CONNECTION_FAILED
	}
	reply := pb.StopMessage{Type: pb.StopMessage_STATUS.Enum(), Status: status.Enum()}
	if err := util.NewDelimitedWriter(s).WriteMsg(&reply); err != nil {
		return nil, err
	}
	event := fields{"peer": source.ID.String(), "limit": messageLimit(request.GetLimit())}
	if p.refuse {
		_, _, event["end"] = receive(s, 0)
		s.Close()
		return event, nil
	}
	event["stream"] = p.hold(s)
	return event, nil
}
