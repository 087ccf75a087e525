import type {
  Attributes as ApiAttributes,
  Exception,
  Link,
  Span as OtelSpan,
  SpanContext,
  SpanKind,
  SpanStatus,
  SpanStatusCode,
  TimeInput,
} from '@opentelemetry/api';
import { copyAttributes, forEachAttribute, putAttribute } from './attributes.ts';
import { cutText } from './cut-text.ts';
import { describeException } from './exception.ts';
import { guard } from './guard.ts';
import { maxValueBytes } from './limits.ts';
import { type LocalTrace, spanContextOf } from './local-trace.ts';
import { hex64 } from './print-ids.ts';
import type { Resource } from './resource.ts';
import type { Attributes, InstrumentationScope, RecordedException, SpanData, SpanEvent, SpanLink } from './span-data.ts';
import type { Tracing } from './tracing.ts';

const ok: SpanStatusCode.OK = 1;
const error: SpanStatusCode.ERROR = 2;

/** The only mutable span, and after `end()` the record that later stages read. No method throws. */
export class Span implements OtelSpan, SpanData {
  // What the constructor sets is declared only: a field would be written twice, and twice in what a browser loads.
  declare name: string;
  declare readonly kind: SpanKind;
  declare readonly trace: LocalTrace;
  declare readonly idHigh: number;
  declare readonly idLow: number;
  declare readonly parentHigh: number;
  declare readonly parentLow: number;
  declare readonly isLocalRoot: boolean;
  declare readonly scope: InstrumentationScope;
  /** The record this span belongs to: in a Worker that of one invocation. */
  declare readonly tracing: Tracing;
  /** False after `end()`, and from the start on for a span that a sampler refused. */
  declare isOpen: boolean;
  parentService: string | undefined = undefined;
  startSeconds = 0;
  startNanos = 0;
  endSeconds = 0;
  endNanos = 0;
  status: SpanStatusCode = 0;
  statusMessage: string | undefined = undefined;
  isStatusLater = false;
  exception: RecordedException | undefined = undefined;
  readonly attributes: Attributes = {};
  events: SpanEvent[] | undefined = undefined;
  links: SpanLink[] | undefined = undefined;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  #attributeCount = 0;
  #parent: Span | undefined;
  #context: SpanContext | undefined = undefined;

  constructor(
    tracing: Tracing,
    scope: InstrumentationScope,
    name: string,
    kind: SpanKind,
    trace: LocalTrace,
    parent: Span | undefined,
    parentHigh: number,
    parentLow: number,
    isLocalRoot: boolean,
    isOpen: boolean,
  ) {
    const { ids } = tracing;
    ids.next();
    this.tracing = tracing;
    this.scope = scope;
    this.name = name;
    this.kind = kind;
    this.trace = trace;
    this.#parent = parent;
    this.parentHigh = parentHigh;
    this.parentLow = parentLow;
    this.isLocalRoot = isLocalRoot;
    this.isOpen = isOpen;
    this.idHigh = ids.high;
    this.idLow = ids.low;
  }

  get resource(): Resource {
    return this.tracing.resource;
  }

  spanContext(): SpanContext {
    this.#context = spanContextOf(this.trace, hex64(this.idHigh, this.idLow), this.#context);
    return this.#context;
  }

  isRecording(): boolean {
    return this.isOpen;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.isOpen) {
      const { limits, onAttribute } = this.tracing;
      const hasRoom = this.#attributeCount < limits.attributeCountLimit;
      const result = putAttribute(this.attributes, key, value, hasRoom, limits.attributeValueBytesLimit);
      if (result < 0) this.droppedAttributesCount++;
      else this.#attributeCount += result;
      onAttribute(this.trace, key, value);
    }
    return this;
  }

  setAttributes(attributes: ApiAttributes): this {
    return this.#write(() => forEachAttribute(attributes, (key, value) => this.setAttribute(key, value)));
  }

  addEvent(name: string, attributesOrTime?: ApiAttributes | TimeInput, time?: TimeInput): this {
    if (!this.isOpen) return this;
    const { clock, limits } = this.tracing;
    const isTime = isTimeInput(attributesOrTime);
    const { events = [] } = this;
    if (events.length >= limits.eventCountLimit) {
      this.droppedEventsCount++;
      if (!events.shift()) return this;
    }
    const { attributes, dropped } = copyAttributes(
      isTime ? undefined : attributesOrTime,
      limits.attributePerEventCountLimit,
      limits.attributeValueBytesLimit,
    );
    clock.set(this.trace, isTime ? attributesOrTime : time);
    const event = { name: toText(name), seconds: clock.seconds, nanos: clock.nanos, attributes, droppedAttributesCount: dropped };
    // an array that grows by its first item has room for seventeen
    if (events.length) events.push(event);
    else this.events = [event];
    return this;
  }

  addLink(link: Link): this {
    return this.#write(() => {
      const { limits } = this.tracing;
      const { context, attributes: given, droppedAttributesCount = 0 } = link;
      if (typeof context?.traceId !== 'string' || typeof context.spanId !== 'string') return;
      this.links ??= [];
      if (this.links.length >= limits.linkCountLimit) this.droppedLinksCount++;
      else {
        const { attributes, dropped } = copyAttributes(given, limits.attributePerLinkCountLimit, limits.attributeValueBytesLimit);
        this.links.push({ context, attributes, droppedAttributesCount: dropped + droppedAttributesCount });
      }
    });
  }

  addLinks(links: Link[]): this {
    return this.#write(() => {
      for (const link of links) this.addLink(link);
    });
  }

  setStatus(status: SpanStatus): this {
    return this.#write(() => {
      const { code, message } = status;
      // OK is final, and nothing takes a status back.
      if (this.status === ok || (code !== ok && code !== error)) return;
      this.status = code;
      this.statusMessage = code === error && message != null ? toText(message) : undefined;
      this.isStatusLater = true;
    });
  }

  updateName(name: string): this {
    if (this.isOpen) this.name = toText(name);
    return this;
  }

  /** Also takes attributes, which win over what the exception says, told apart from a time as in `addEvent`. */
  recordException(exception: Exception, attributesOrTime?: ApiAttributes | TimeInput, time?: TimeInput): void {
    this.#write(() => {
      const isTime = isTimeInput(attributesOrTime);
      const maxBytes = this.tracing.limits.attributeValueBytesLimit;
      const said = guard(() => describeException(exception, maxBytes)) ?? {};
      forEachAttribute(isTime ? undefined : attributesOrTime, (key, value) => putAttribute(said, key, value, true, maxBytes));
      this.addEvent('exception', said, isTime ? attributesOrTime : time);
      const text = (key: string): string => `${said[`exception.${key}`] ?? ''}`;
      this.exception = { type: text('type'), message: text('message'), stack: text('stacktrace') };
      this.isStatusLater = false;
    });
  }

  end(time?: TimeInput): void {
    this.#write(() => {
      const { clock, processor } = this.tracing;
      const parent = this.#parent;
      clock.set(this.trace, time);
      const isBefore = (clock.seconds - this.startSeconds || clock.nanos - this.startNanos) < 0;
      this.endSeconds = isBefore ? this.startSeconds : clock.seconds;
      this.endNanos = isBefore ? this.startNanos : clock.nanos;
      // The parent is let go: a chain of spans that each start below an ended one would otherwise never be freed.
      this.parentService = parent && (toText(parent.attributes['service.name']) || parent.resource.service);
      this.#parent = undefined;
      this.isOpen = false;
      if (this.isLocalRoot) this.trace.decide();
      processor.onEnd(this);
    });
  }

  /** Does what an ended span no longer takes part in. Never throws. */
  #write(action: () => void): this {
    if (this.isOpen) guard(action);
    return this;
  }
}

function isTimeInput(value: unknown): value is TimeInput {
  return (
    typeof value === 'number' ||
    (typeof value === 'object' &&
      guard(() => value instanceof Date || (Array.isArray(value) && value.length === 2 && typeof value[0] === 'number')) === true)
  );
}

/** Text of a name or message, whatever was handed over. Never throws. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? cutText(value, maxValueBytes) : (guard(() => cutText(String(value ?? ''), maxValueBytes)) ?? '');
}
