import { expect, test } from 'vitest';
import { answerOutcome, answerRefusal, refusalOf } from '../../../src/proxy/answer.ts';

test('a code has its status, one that is not listed is about the payload', () => {
  const status = (code: string): number => refusalOf(code).status;
  expect(
    [
      'line_invalid',
      'unauthorized',
      'origin_not_allowed',
      'not_found',
      'body_timeout',
      'inflate_ratio',
      'mangled_body',
      'rate_limited',
      'misconfigured',
      'bad_span',
    ].map(status),
  ).toEqual([400, 401, 403, 404, 408, 413, 415, 429, 503, 422]);
});

test('answers that mean "later" say when, in whole seconds, at least one', async () => {
  const after = (afterMillis?: number) =>
    answerOutcome({ status: 'retry', code: 'x', afterMillis }, new Headers()).headers.get('retry-after');
  expect([after(), after(0), after(1_001), after(3_600_000)]).toEqual(['5', '1', '2', '3600']);
  expect(answerRefusal(refusalOf('rate_limited', 9), new Headers()).headers.get('retry-after')).toBe('9');
  expect([after(Number.NaN), after(-1), after(2_500), after(Number.POSITIVE_INFINITY), after(1e12)]).toEqual([
    '30',
    '1',
    '3',
    '3600',
    '3600',
  ]);
  const limited = (seconds: number) => answerRefusal(refusalOf('rate_limited', seconds), new Headers()).headers.get('retry-after');
  expect([2.5, 0.1, Number.POSITIVE_INFINITY, Number.NaN, 1e9].map(limited)).toEqual(['3', '1', '3600', '30', '3600']);
  const forwarded = (httpStatus: number) => answerOutcome({ status: 'forwarded', httpStatus }, new Headers()).headers.get('retry-after');
  expect([202, 400, 429, 503].map(forwarded)).toEqual([null, null, '30', '30']);
  expect(answerRefusal(refusalOf('bad_span'), new Headers()).headers.get('retry-after')).toBeNull();
});

test('taken is 202 without a byte', async () => {
  const answer = answerOutcome({ status: 'ok' }, new Headers({ Vary: 'Origin' }));
  expect([answer.status, answer.body, answer.headers.get('vary')]).toEqual([202, null, 'Origin']);
});
