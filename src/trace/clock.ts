import type { TimeInput } from '@opentelemetry/api';
import { guard } from './guard.ts';
import type { LocalTrace } from './local-trace.ts';

/** The part of `performance` and `Date` that time is read from. */
export interface TimeSource {
  /** Monotonic milliseconds, to what the engine gives. */
  now(): number;
  /** Epoch milliseconds of the monotonic zero. */
  readonly timeOrigin: number;
}

/** Numbers from here on are epoch milliseconds, smaller ones are relative to `timeOrigin`: 1973, or three years of uptime. */
const epochMillisFrom = 1e11;
/** 64-bit nanoseconds end here, in the year 2262. */
const maxSeconds = 9_223_372_036;
/** A wall clock that differs by more than this has been set, or the machine has slept. */
const driftMillis = 1000;

/**
 * One clock for one registration. The last time read stands in `seconds` and `nanos`, so that reading allocates nothing.
 * Every value is whole nanoseconds: adding and splitting them is exact.
 */
export class Clock {
  seconds = 0;
  nanos = 0;
  readonly #source: TimeSource;
  readonly #wallMillis: () => number;
  #originMillis: number | undefined;

  constructor(source: TimeSource, wallMillis: () => number) {
    this.#source = source;
    this.#wallMillis = wallMillis;
  }

  /** Gives a new trace its origin; a clock that was set or slept through gets a new one here, never within a trace. */
  anchor(trace: LocalTrace): void {
    let origin = this.#originMillis ?? this.#source.timeOrigin;
    const wall = this.#wallMillis() - this.#source.now();
    if (Math.abs(wall - origin) > driftMillis) origin = wall;
    this.#originMillis = origin;
    this.#setMillis(origin);
    trace.originSeconds = this.seconds;
    trace.originNanos = this.nanos;
  }

  /** Reads the time of now, by the origin of the trace. */
  read(trace: LocalTrace): void {
    this.#setRelative(trace, this.#source.now());
  }

  /** Takes a time in any of the API's four forms; of a wrong one, now. Never throws. */
  set(trace: LocalTrace, time: TimeInput | undefined): void {
    if (time === undefined || !guard(() => this.#take(trace, time))) this.read(trace);
  }

  #take(trace: LocalTrace, time: TimeInput | undefined): boolean {
    const [seconds, nanos] = Array.isArray(time) ? time : [];
    const millis = time instanceof Date ? time.getTime() : time;
    if (Number.isFinite(seconds) && Number.isFinite(nanos)) this.#carry(seconds as number, nanos as number);
    else if (typeof millis !== 'number' || !Number.isFinite(millis)) return false;
    else if (typeof time === 'number' && Math.abs(millis) < epochMillisFrom) this.#setRelative(trace, millis);
    else this.#setMillis(millis);
    // NaN, before the epoch, or beyond what 64 bits of nanoseconds hold: nobody meant that.
    return this.seconds >= 0 && this.seconds < maxSeconds;
  }

  #setMillis(millis: number, seconds = 0, nanos = 0): void {
    const whole = Math.floor(millis);
    const full = Math.floor(whole / 1000);
    this.#carry(seconds + full, nanos + (whole - full * 1000) * 1e6 + Math.round((millis - whole) * 1e6));
  }

  #setRelative(trace: LocalTrace, millis: number): void {
    this.#setMillis(millis, trace.originSeconds, trace.originNanos);
  }

  #carry(seconds: number, nanos: number): void {
    const over = Math.floor(nanos / 1e9);
    this.seconds = Math.floor(seconds) + over;
    this.nanos = Math.floor(nanos - over * 1e9);
  }
}
