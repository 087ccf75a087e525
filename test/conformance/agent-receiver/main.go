// Command agent-receiver is the Datadog Agent's trace pipeline, as the Agent assembles it, with a Datadog of its own behind it that
// keeps what arrives and shows it. Nothing leaves the machine.
//
// It prints {"receiver": port, "datadog": port} and serves until SIGTERM. On the second port:
//
//	GET  /received  {"chunks": […], "stats": […], "dropped": {reason: count}, "unreadable": […]}
//	POST /forget    empties that
package main

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	compression "github.com/DataDog/datadog-agent/comp/trace/compression/impl-gzip"
	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace/idx"
	"github.com/DataDog/datadog-agent/pkg/trace/agent"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	"github.com/DataDog/datadog-agent/pkg/trace/telemetry"
	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/klauspost/compress/zstd"
	"github.com/tinylib/msgp/msgp"
	"google.golang.org/protobuf/encoding/protojson"
)

// Chunk is one trace's part of a payload, in the terms of either shape of payload.
type Chunk struct {
	Shape    string         `json:"shape"`
	Env      string         `json:"env"`
	Version  string         `json:"version"`
	Lang     string         `json:"lang"`
	Priority int32          `json:"priority"`
	Origin   string         `json:"origin"`
	Tags     map[string]any `json:"tags"`
	Spans    []Span         `json:"spans"`
}

// Span has the names of the v0.4 wire; integers of 64 bits are text.
type Span struct {
	TraceID  string             `json:"trace_id"`
	SpanID   string             `json:"span_id"`
	ParentID string             `json:"parent_id"`
	Service  string             `json:"service"`
	Name     string             `json:"name"`
	Resource string             `json:"resource"`
	Type     string             `json:"type"`
	Start    string             `json:"start"`
	Duration string             `json:"duration"`
	Error    int32              `json:"error"`
	Meta     map[string]string  `json:"meta"`
	Metrics  map[string]float64 `json:"metrics"`
	Events   []Event            `json:"span_events,omitempty"`
	Links    []Link             `json:"span_links,omitempty"`
}

// Event has typed values: text, true or false, {"int": text}, {"double": number}, or a list of one of these.
type Event struct {
	Name       string         `json:"name"`
	Time       string         `json:"time_unix_nano"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Link has ids as text.
type Link struct {
	TraceIDHigh string         `json:"trace_id_high"`
	TraceID     string         `json:"trace_id"`
	SpanID      string         `json:"span_id"`
	Flags       uint32         `json:"flags"`
	Tracestate  string         `json:"tracestate,omitempty"`
	Attributes  map[string]any `json:"attributes,omitempty"`
}

// Datadog receives from the Agent. It is the Agent's statsd client too: only its metrics say what it threw away after a 200.
type Datadog struct {
	statsd.NoOpClient
	mutex      sync.Mutex
	chunks     []Chunk
	stats      []json.RawMessage
	dropped    map[string]int64
	unreadable []string
	publish    func()
}

func main() {
	features := flag.String("features", "", "DD_APM_FEATURES, with commas; disable-convert-traces gives the older shape")
	bucket := flag.Duration("stats-bucket", 200*time.Millisecond, "width of a bucket of statistics; an Agent has 10 s")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	receiver, datadogListener := listen(), listen()
	datadog := &Datadog{}
	datadog.forget()
	run := assemble(ctx, datadog, receiver, port(datadogListener), *features, *bucket)
	go func() { log.Fatal(http.Serve(datadogListener, datadog.handler())) }()
	fmt.Printf("{\"receiver\":%d,\"datadog\":%d}\n", port(receiver), port(datadogListener))
	run()
}

// assemble follows comp/trace/agent/impl of the Agent, with what would look at the host or the network switched off.
func assemble(ctx context.Context, datadog *Datadog, receiver net.Listener, datadogPort int, features string, bucket time.Duration) func() {
	cfg := config.New()
	cfg.Hostname = "conformance"
	cfg.Site = "invalid" // no default endpoint resolves
	cfg.ReceiverHost, cfg.ReceiverPort = "127.0.0.1", port(receiver)
	cfg.Endpoints[0].Host, cfg.Endpoints[0].APIKey = fmt.Sprintf("http://127.0.0.1:%d", datadogPort), "key"
	cfg.Proxy = nil
	cfg.StatsdEnabled, cfg.TelemetryConfig.Enabled = false, false
	cfg.EVPProxy.Enabled, cfg.OpenLineageProxy.Enabled = false, false
	cfg.MaxCPU = 0
	cfg.DecoderTimeout = 1000
	cfg.MaxConnections = 1000 // zero is read as one, and a second connection waits for the first to be idle
	cfg.TraceWriter.FlushPeriodSeconds, cfg.BucketInterval = 0.05, bucket
	for _, feature := range strings.FieldsFunc(features, func(r rune) bool { return r == ',' }) {
		cfg.Features[feature] = struct{}{}
	}
	// every trace with an error and every rare one is sent on, so that nothing of a test is sampled away
	cfg.ErrorTPS, cfg.TargetTPS = 1e6, 1e6
	made := agent.NewAgent(ctx, cfg, telemetry.NewNoopCollector(), datadog, compression.NewComponent())
	made.Receiver.SetTCPListener(receiver)
	datadog.publish = func() { made.Receiver.Stats.PublishAndReset(datadog) }
	return made.Run
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func port(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }

// Count is called for each metric of the Agent; those of its normalizer say why spans were dropped or changed.
func (d *Datadog) Count(name string, value int64, tags []string, _ float64) error {
	kind, isNormalizer := strings.CutPrefix(name, "datadog.trace_agent.normalizer.")
	if !isNormalizer {
		return nil
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, tag := range tags {
		if reason, ok := strings.CutPrefix(tag, "reason:"); ok {
			d.dropped[kind+":"+reason] += value
		}
	}
	return nil
}

func (d *Datadog) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v0.2/traces", d.take(d.takeTraces))
	mux.HandleFunc("POST /api/v0.2/stats", d.take(d.takeStats))
	mux.HandleFunc("GET /received", func(w http.ResponseWriter, _ *http.Request) {
		d.publish()
		d.mutex.Lock()
		defer d.mutex.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"chunks": d.chunks, "stats": d.stats, "dropped": d.dropped, "unreadable": d.unreadable})
	})
	mux.HandleFunc("POST /forget", func(w http.ResponseWriter, _ *http.Request) {
		d.publish()
		d.forget()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (d *Datadog) forget() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.chunks, d.stats, d.dropped, d.unreadable = []Chunk{}, []json.RawMessage{}, map[string]int64{}, []string{}
}

func (d *Datadog) take(keep func([]byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := inflated(r)
		d.mutex.Lock()
		defer d.mutex.Unlock()
		if err == nil {
			err = keep(body)
		}
		if err != nil {
			d.unreadable = append(d.unreadable, r.URL.Path+": "+err.Error())
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

func inflated(r *http.Request) ([]byte, error) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "gzip":
		reader, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(reader)
	case "zstd":
		reader, err := zstd.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return io.ReadAll(reader)
	case "":
		return io.ReadAll(r.Body)
	default:
		return nil, fmt.Errorf("content encoding %q", encoding)
	}
}

func (d *Datadog) takeStats(body []byte) error {
	payload := &pb.StatsPayload{}
	if err := msgp.Decode(strings.NewReader(string(body)), payload); err != nil {
		return err
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(payload)
	d.stats = append(d.stats, text)
	return err
}

func (d *Datadog) takeTraces(body []byte) error {
	payload := &pb.AgentPayload{}
	if err := payload.UnmarshalVT(body); err != nil {
		return err
	}
	for _, tracer := range payload.TracerPayloads {
		for _, chunk := range tracer.Chunks {
			shown := Chunk{Shape: "plain", Env: tracer.Env, Version: tracer.AppVersion, Lang: tracer.LanguageName,
				Priority: chunk.Priority, Origin: chunk.Origin, Tags: map[string]any{}}
			for key, value := range chunk.Tags {
				shown.Tags[key] = value
			}
			for _, span := range chunk.Spans {
				shown.Spans = append(shown.Spans, plainSpan(span))
			}
			d.chunks = append(d.chunks, shown)
		}
	}
	for _, message := range payload.IdxTracerPayloads {
		tracer := idx.FromProto(message)
		for _, chunk := range tracer.Chunks {
			shown := Chunk{Shape: "indexed", Env: tracer.Env(), Version: tracer.AppVersion(), Lang: tracer.LanguageName(),
				Priority: chunk.Priority, Origin: chunk.Origin(), Tags: indexedMap(tracer.Strings, chunk.Attributes)}
			if mechanism := chunk.SamplingMechanism(); mechanism != 0 {
				shown.Tags["sampling_mechanism"] = mechanism
			}
			for _, span := range chunk.Spans {
				shown.Spans = append(shown.Spans, indexedSpan(chunk, span))
			}
			d.chunks = append(d.chunks, shown)
		}
	}
	return nil
}

func unsigned(value uint64) string { return strconv.FormatUint(value, 10) }

func plainSpan(s *pb.Span) Span {
	shown := Span{TraceID: unsigned(s.TraceID), SpanID: unsigned(s.SpanID), ParentID: unsigned(s.ParentID), Service: s.Service,
		Name: s.Name, Resource: s.Resource, Type: s.Type, Start: fmt.Sprint(s.Start), Duration: fmt.Sprint(s.Duration),
		Error: s.Error, Meta: s.Meta, Metrics: s.Metrics}
	for _, event := range s.SpanEvents {
		attributes := map[string]any{}
		for key, value := range event.Attributes {
			attributes[key] = plainValue(value)
		}
		shown.Events = append(shown.Events, Event{event.Name, unsigned(event.TimeUnixNano), attributes})
	}
	for _, link := range s.SpanLinks {
		attributes := map[string]any{}
		for key, value := range link.Attributes {
			attributes[key] = value
		}
		shown.Links = append(shown.Links, Link{unsigned(link.TraceIDHigh), unsigned(link.TraceID), unsigned(link.SpanID), link.Flags,
			link.Tracestate, attributes})
	}
	return shown
}

func plainValue(value *pb.AttributeAnyValue) any {
	switch value.Type {
	case pb.AttributeAnyValue_BOOL_VALUE:
		return value.BoolValue
	case pb.AttributeAnyValue_INT_VALUE:
		return map[string]any{"int": fmt.Sprint(value.IntValue)}
	case pb.AttributeAnyValue_DOUBLE_VALUE:
		return map[string]any{"double": value.DoubleValue}
	case pb.AttributeAnyValue_ARRAY_VALUE:
		items := []any{}
		for _, item := range value.ArrayValue.Values {
			switch item.Type {
			case pb.AttributeArrayValue_BOOL_VALUE:
				items = append(items, item.BoolValue)
			case pb.AttributeArrayValue_INT_VALUE:
				items = append(items, map[string]any{"int": fmt.Sprint(item.IntValue)})
			case pb.AttributeArrayValue_DOUBLE_VALUE:
				items = append(items, map[string]any{"double": item.DoubleValue})
			default:
				items = append(items, item.StringValue)
			}
		}
		return items
	default:
		return value.StringValue
	}
}

// indexedSpan puts what the indexed shape holds in one map, or in fields of its own, back where v0.4 has it.
func indexedSpan(chunk *idx.InternalTraceChunk, s *idx.InternalSpan) Span {
	shown := Span{TraceID: unsigned(chunk.LegacyTraceID()), SpanID: unsigned(s.SpanID()), ParentID: unsigned(s.ParentID()),
		Service: s.Service(), Name: s.Name(), Resource: s.Resource(), Type: s.Type(), Start: unsigned(s.Start()),
		Duration: unsigned(s.Duration()), Meta: map[string]string{}, Metrics: map[string]float64{}}
	if s.Error() {
		shown.Error = 1
	}
	for reference, value := range s.Attributes() {
		key := s.Strings.Get(reference)
		switch typed := value.Value.(type) {
		case *idx.AnyValue_DoubleValue:
			shown.Metrics[key] = typed.DoubleValue
		case *idx.AnyValue_IntValue:
			shown.Metrics[key] = float64(typed.IntValue)
		default:
			shown.Meta[key] = value.AsString(s.Strings)
		}
	}
	for key, value := range map[string]string{"env": s.Env(), "version": s.Version(), "component": s.Component()} {
		if value != "" {
			shown.Meta[key] = value
		}
	}
	if s.Kind() != idx.SpanKind_SPAN_KIND_UNSPECIFIED {
		shown.Meta["span.kind"] = s.SpanKind()
	}
	for _, event := range s.Events() {
		shown.Events = append(shown.Events, Event{event.Name(), unsigned(event.Time()), indexedMap(s.Strings, event.Attributes())})
	}
	for _, link := range s.Links() {
		id := make([]byte, 16)
		copy(id[16-len(link.TraceID()):], link.TraceID())
		shown.Links = append(shown.Links, Link{unsigned(binary.BigEndian.Uint64(id)), unsigned(binary.BigEndian.Uint64(id[8:])),
			unsigned(link.SpanID()), link.Flags(), link.Tracestate(), indexedMap(s.Strings, link.Attributes())})
	}
	return shown
}

func indexedMap(table *idx.StringTable, attributes map[uint32]*idx.AnyValue) map[string]any {
	shown := map[string]any{}
	for reference, value := range attributes {
		shown[table.Get(reference)] = indexedValue(table, value)
	}
	return shown
}

func indexedValue(table *idx.StringTable, value *idx.AnyValue) any {
	switch typed := value.Value.(type) {
	case *idx.AnyValue_BoolValue:
		return typed.BoolValue
	case *idx.AnyValue_IntValue:
		return map[string]any{"int": fmt.Sprint(typed.IntValue)}
	case *idx.AnyValue_DoubleValue:
		return map[string]any{"double": typed.DoubleValue}
	case *idx.AnyValue_ArrayValue:
		items := []any{}
		for _, item := range typed.ArrayValue.Values {
			items = append(items, indexedValue(table, item))
		}
		return items
	default:
		return value.AsString(table)
	}
}
