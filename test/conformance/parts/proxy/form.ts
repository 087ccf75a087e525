import { compareSpans, type Difference, type GoldenSpan, type Producer } from '../../differences.ts';

/**
 * Where a span behind the proxy differs from what it may be, but for the form of its events: clients send them as a tag, and where a
 * receiver's `/info` asks for it the proxy makes them typed.
 */
export function differencesBehindProxy(producer: Producer, id: string, expected: GoldenSpan, received: GoldenSpan): Difference[] {
  const differences = compareSpans(producer, id, expected, received);
  const isTyped = differences.some(({ field, ours, theirs }) => field === 'events.form' && ours === 'tag' && theirs === 'typed');
  if (!isTyped) return differences;
  return differences.filter(
    ({ field, ours, theirs }) =>
      field !== 'events.form' &&
      // an empty array has no type; dd-trace-js leaves it out too
      !(/^events\.\d+\.attributes\./.test(field) && JSON.stringify(ours) === '[]' && theirs === undefined),
  );
}
