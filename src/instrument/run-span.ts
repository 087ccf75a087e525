import { type Context, context, type Span } from '@opentelemetry/api';
import { recordFailure } from './failure.ts';
import type { Guard } from './guard.ts';

/** What is to be done when a call of the host has settled. May throw: the guard catches it. */
export interface SpanEnd<T> {
  /** May give the host another value in place of its own. */
  readonly onValue?: (value: T) => T | undefined;
  /** After the span has ended. */
  readonly onEnd?: (() => void) | undefined;
}

/**
 * Runs a call of the host in `active` and ends the span, if there is one, when the call, or the promise it gives, settles.
 * Value and exception are the host's own; a call that was synchronous stays so.
 */
export function runSpan<T>(guard: Guard, span: Span | undefined, active: Context, run: () => T, end: SpanEnd<Awaited<T>>): T {
  const finish = (act: () => void): void => {
    guard('ending a span', act);
    guard('ending a span', () => span?.end());
    guard('ending an invocation', () => end.onEnd?.());
  };
  const onValue = (value: Awaited<T>): Awaited<T> => {
    let result = value;
    finish(() => {
      result = end.onValue?.(value) ?? value;
    });
    return result;
  };
  const onError = (error: unknown): never => {
    finish(() => span && recordFailure(span, error));
    throw error;
  };
  let result: T;
  try {
    result = context.with(active, run);
  } catch (error) {
    return onError(error);
  }
  return ((result as Partial<Promise<Awaited<T>>> | undefined)?.then?.(onValue, onError) ?? onValue(result as Awaited<T>)) as T;
}
