package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The bounds of the door.
const (
	mostConns   = 512
	mostOfHost  = 128
	headerTime  = 10 * time.Second
	idleTime    = 2 * time.Minute
	maxHeader   = 32 << 10
	mostStreams = 100 // at once in one HTTP/2 connection
	stopTime    = 5 * time.Second
)

// Serve answers on a listener behind TLS until the context ends; then it ends all streams and
// gives what is under way a few seconds. It returns when nothing of it runs any more.
func (s *Server) Serve(ctx context.Context, l net.Listener, cert *Certificate) error {
	server := &http.Server{
		Handler:           s,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.Get},
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       callTime,
		WriteTimeout:      callTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: mostStreams},
		ErrorLog:          log.New(quiet{s.Log}, "", 0),
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(&bounded{Listener: l, hosts: map[string]int{}, log: s.Log}, "", "") }()
	select {
	case err := <-done:
		s.Hub.Close()
		return err
	case <-ctx.Done():
	}
	s.Hub.Close()
	stop, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// quiet takes what the server says of single connections: a browser that does not know the
// certificate yet is no event.
type quiet struct{ log *slog.Logger }

func (q quiet) Write(b []byte) (int, error) {
	q.log.Debug("api: connection", "text", string(b))
	return len(b), nil
}

// bounded is a listener that holds so many connections, and so many from one host.
type bounded struct {
	net.Listener
	mu    sync.Mutex
	all   int
	hosts map[string]int
	log   *slog.Logger
	said  time.Time
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil {
			host = c.RemoteAddr().String()
		}
		b.mu.Lock()
		if b.all < mostConns && b.hosts[host] < mostOfHost {
			b.all++
			b.hosts[host]++
			b.mu.Unlock()
			return &counted{Conn: c, leave: func() { b.leave(host) }}, nil
		}
		say := time.Since(b.said) > time.Minute
		if say {
			b.said = time.Now()
		}
		b.mu.Unlock()
		if say {
			b.log.Warn("api: too many connections; new ones are closed", "from", host)
		}
		c.Close()
	}
}

func (b *bounded) leave(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if b.hosts[host]--; b.hosts[host] == 0 {
		delete(b.hosts, host)
	}
}

type counted struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (c *counted) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}
