// A go-libp2p peer that a test drives: one JSON command a line on standard input, one JSON answer or event a line on
// standard output. Ends when its input ends. The commands are described in ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const defaultTimeout = 30 * time.Second

// command is every field that any command may have.
type command struct {
	ID        uint64 `json:"id"`
	Cmd       string `json:"cmd"`
	Transport string `json:"transport"`
	Raw       bool   `json:"raw"`
	Addr      string `json:"addr"`
	Peer      string `json:"peer"`
	Stream    string `json:"stream"`
	Frames    int    `json:"frames"`
	Bytes     int64  `json:"bytes"`
	Seed      uint64 `json:"seed"`
	Renew     bool   `json:"renew"`
	Refuse    bool   `json:"refuse"`
	TimeoutMs int64  `json:"timeout_ms"`
}

type fields map[string]any

// refusal is an answer of the relay that is not OK.
type refusal struct{ status string }

func (r refusal) Error() string { return "refused: " + r.status }

var output = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func writeLine(line fields) {
	output.Lock()
	defer output.Unlock()
	if err := output.Encode(line); err != nil {
		os.Exit(1)
	}
}

func emit(event string, more fields) {
	line := fields{"event": event}
	for key, value := range more {
		line[key] = value
	}
	writeLine(line)
}

func answer(id uint64, result fields, err error) {
	line := fields{"id": id, "ok": err == nil}
	for key, value := range result {
		line[key] = value
	}
	if err != nil {
		line["error"] = err.Error()
		var refused refusal
		if errors.As(err, &refused) {
			line["status"] = refused.status
		}
	}
	writeLine(line)
}

func main() {
	p := newInteropPeer()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 64*1024), 1024*1024)

	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			answer(0, nil, fmt.Errorf("not a command: %w", err))
			continue
		}
		timeout := defaultTimeout
		if c.TimeoutMs > 0 {
			timeout = time.Duration(c.TimeoutMs) * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		run := func() {
			defer cancel()
			result, err := p.run(ctx, c)
			answer(c.ID, result, err)
		}
		if c.Cmd == "start" {
			run() // the others need the host
		} else {
			go run()
		}
	}
	p.close()
}
