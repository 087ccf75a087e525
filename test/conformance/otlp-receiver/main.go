// Command otlp-receiver is the OpenTelemetry Collector's own OTLP/HTTP receiver, and nothing behind it but a memory of what it decoded.
// Nothing leaves the machine.
//
// It takes OTLP at 127.0.0.1:<--port>/v1/traces, prints {"control": port} and serves until SIGTERM. On the second port:
//
//	GET  /received  all of it, in OTLP's JSON, printed by the Collector's marshaler
//	POST /forget    empties that
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

// memory is the end of the Collector's pipeline.
type memory struct {
	mutex  sync.Mutex
	traces ptrace.Traces
}

func (m *memory) take(_ context.Context, traces ptrace.Traces) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	traces.ResourceSpans().MoveAndAppendTo(m.traces.ResourceSpans())
	return nil
}

func (m *memory) forget() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.traces = ptrace.NewTraces()
}

func (m *memory) print() ([]byte, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return (&ptrace.JSONMarshaler{}).MarshalTraces(m.traces)
}

func main() {
	port := flag.Int("port", 4318, "of OTLP/HTTP")
	flag.Parse()
	if err := serve(*port); err != nil {
		log.Fatal(err)
	}
}

func serve(port int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	received := &memory{traces: ptrace.NewTraces()}
	end, err := consumer.NewTraces(received.take, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
	if err != nil {
		return err
	}
	otlp, err := newReceiver(ctx, port, end)
	if err != nil {
		return err
	}
	if err := otlp.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control := &http.Server{Handler: handler(received)}
	go func() { _ = control.Serve(listener) }()
	ready := map[string]int{"control": listener.Addr().(*net.TCPAddr).Port}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	<-ctx.Done()
	_ = control.Close()
	return otlp.Shutdown(context.Background())
}

func newReceiver(ctx context.Context, port int, end consumer.Traces) (receiver.Traces, error) {
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	given := confmap.NewFromStringMap(map[string]any{
		"protocols": map[string]any{"http": map[string]any{"endpoint": fmt.Sprintf("127.0.0.1:%d", port)}},
	})
	if err := given.Unmarshal(config); err != nil {
		return nil, err
	}
	settings := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	return factory.CreateTraces(ctx, settings, config, end)
}

func handler(received *memory) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /received", func(w http.ResponseWriter, _ *http.Request) {
		body, err := received.print()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	mux.HandleFunc("POST /forget", func(w http.ResponseWriter, _ *http.Request) {
		received.forget()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
