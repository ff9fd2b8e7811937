package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	ma "github.com/multiformats/go-multiaddr"
)

// interopPeer is one libp2p host and the streams that the test holds by name.
type interopPeer struct {
	host   host.Host
	refuse bool

	mu      sync.Mutex
	streams map[string]network.Stream
	last    int
}

func newInteropPeer() *interopPeer {
	return &interopPeer{streams: map[string]network.Stream{}}
}

func (p *interopPeer) run(ctx context.Context, c command) (fields, error) {
	if c.Cmd != "start" && p.host == nil {
		return nil, errors.New("start comes first")
	}
	switch c.Cmd {
	case "start":
		return p.start(c)
	case "reserve":
		return p.reserve(ctx, c)
	case "connect":
		return p.connect(ctx, c)
	case "disconnect":
		return p.disconnect(c)
	case "echo":
		return p.echo(ctx, c)
	case "bulk":
		return p.bulk(ctx, c)
	case "open":
		return p.open(ctx, c)
	case "circuit":
		return p.circuit(ctx, c)
	case "write":
		return p.write(ctx, c)
	case "read":
		return p.read(ctx, c)
	case "close_write":
		return p.onStream(c, network.Stream.CloseWrite)
	case "reset":
		return p.onStream(c, network.Stream.Reset)
	}
	return nil, fmt.Errorf("no such command: %q", c.Cmd)
}

// start makes a host that can only dial, with one transport and (on TCP) one security protocol. With raw set it does
// not speak the client's side of circuit relay by itself: HOP and STOP are spoken by hand (raw.go).
func (p *interopPeer) start(c command) (fields, error) {
	options := []libp2p.Option{
		libp2p.NoListenAddrs,
		libp2p.DisableMetrics(),
		libp2p.ResourceManager(&network.NullResourceManager{}),
	}
	switch c.Transport {
	case "tcp+tls":
		options = append(options, libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(libp2ptls.ID, libp2ptls.New))
	case "tcp+noise":
		options = append(options, libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(noise.ID, noise.New))
	case "quic":
		options = append(options, libp2p.Transport(quic.NewTransport))
	case "ws":
		options = append(options, libp2p.Transport(websocket.New))
	default:
		return nil, fmt.Errorf("no such transport: %q", c.Transport)
	}
	if c.Raw {
		options = append(options, libp2p.DisableRelay())
	} else {
		options = append(options, libp2p.EnableRelay())
	}
	h, err := libp2p.New(options...)
	if err != nil {
		return nil, err
	}
	p.host = h
	p.refuse = c.Refuse
	p.serve()
	if c.Raw {
		p.serveStop()
	}
	return fields{"peer_id": h.ID().String()}, nil
}

func (p *interopPeer) reserve(ctx context.Context, c command) (fields, error) {
	relay, err := peer.AddrInfoFromString(c.Addr)
	if err != nil {
		return nil, err
	}
	if err := p.host.Connect(ctx, *relay); err != nil {
		return nil, err
	}
	reservation, err := p.reserveOnce(ctx, *relay)
	if err != nil {
		return nil, err
	}
	if c.Renew {
		go p.renew(*relay, reservation.Expiration)
	}
	return describe(reservation), nil
}

func (p *interopPeer) reserveOnce(ctx context.Context, relay peer.AddrInfo) (*client.Reservation, error) {
	reservation, err := client.Reserve(ctx, p.host, relay)
	var failed client.ReservationError
	if errors.As(err, &failed) && failed.Reason == "reservation failed" {
		return nil, errors.Join(refusal{failed.Status.String()}, err)
	}
	return reservation, err
}

// renew asks again at 3/4 of the time that is left, as rust-libp2p's client does.
func (p *interopPeer) renew(relay peer.AddrInfo, expires time.Time) {
	for {
		time.Sleep(time.Until(expires) * 3 / 4)
		ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
		reservation, err := p.reserveOnce(ctx, relay)
		cancel()
		if err != nil {
			emit("reservation_lost", fields{"reason": err.Error()})
			return
		}
		expires = reservation.Expiration
		emit("renewed", describe(reservation))
	}
}

// describe tells what the client library made of a reservation. A voucher that is there was verified by it.
func describe(r *client.Reservation) fields {
	addrs := make([]string, 0, len(r.Addrs))
	for _, addr := range r.Addrs {
		addrs = append(addrs, addr.String())
	}
	result := fields{"expires": r.Expiration.Unix(), "addrs": addrs, "limit": nil, "voucher": nil}
	if r.LimitDuration != 0 || r.LimitData != 0 {
		result["limit"] = fields{"duration": int64(r.LimitDuration.Seconds()), "data": r.LimitData}
	}
	if r.Voucher != nil {
		result["voucher"] = fields{
			"relay": r.Voucher.Relay.String(), "peer": r.Voucher.Peer.String(), "expiration": r.Voucher.Expiration.Unix(),
		}
	}
	return result
}

func (p *interopPeer) connect(ctx context.Context, c command) (fields, error) {
	target, err := peer.AddrInfoFromString(c.Addr)
	if err != nil {
		return nil, err
	}
	if sw, ok := p.host.Network().(*swarm.Swarm); ok {
		sw.Backoff().Clear(target.ID)
	}
	if err := p.host.Connect(network.WithAllowLimitedConn(ctx, "interop"), *target); err != nil {
		return nil, err
	}
	for _, conn := range p.host.Network().ConnsToPeer(target.ID) {
		if _, err := conn.RemoteMultiaddr().ValueForProtocol(ma.P_CIRCUIT); err == nil {
			return fields{"limit": connLimit(conn)}, nil
		}
	}
	return nil, errors.New("connected, but not through a relay")
}

func connLimit(conn network.Conn) any {
	stat := conn.Stat()
	if !stat.Limited {
		return nil
	}
	duration, _ := stat.Extra[client.StatLimitDuration].(time.Duration)
	data, _ := stat.Extra[client.StatLimitData].(uint64)
	return fields{"duration": int64(duration.Seconds()), "data": data}
}

func (p *interopPeer) disconnect(c command) (fields, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	return nil, p.host.Network().ClosePeer(id)
}

// hold keeps a stream under a name that the test uses in its next commands.
func (p *interopPeer) hold(s network.Stream) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	name := "s" + strconv.Itoa(p.last)
	p.streams[name] = s
	return name
}

func (p *interopPeer) stream(name string) (network.Stream, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.streams[name]
	if !ok {
		return nil, fmt.Errorf("no such stream: %q", name)
	}
	return s, nil
}

func (p *interopPeer) onStream(c command, act func(network.Stream) error) (fields, error) {
	s, err := p.stream(c.Stream)
	if err != nil {
		return nil, err
	}
	return nil, act(s)
}

func (p *interopPeer) close() {
	if p.host != nil {
		p.host.Close()
	}
}
