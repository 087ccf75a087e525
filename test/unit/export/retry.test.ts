import { expect, test } from 'vitest';
import { judgeResponse, maxAgeMillis, parseRetryAfter, retryDelayMillis } from '../../../src/export/retry.ts';

test('the table of answers', () => {
  const kinds = (status: number, more = {}) => {
    const answer = judgeResponse({ status, ...more }, 0);
    return answer.kind === 'delivered' ? 'delivered' : `${answer.kind} ${answer.reason}`;
  };
  expect(kinds(202)).toBe('delivered');
  expect(kinds(401)).toBe('retry unauthorized');
  expect(kinds(429)).toBe('retry rate_limited');
  for (const status of [0, 408, 425, 500, 502, 503, 599]) expect(kinds(status)).toBe('retry retry_expired');
  for (const status of [400, 403, 404, 415, 422]) expect(kinds(status)).toBe('final rejected_4xx');
  expect(kinds(413)).toBe('final oversize');
  for (const status of [200, 204, 301, 405, 410]) expect(kinds(status)).toBe('final rejected_4xx');
  expect(kinds(503, { contentType: 'text/html; charset=utf-8' })).toBe('final rejected_4xx');
});

test('full jitter grows to its cap, Retry-After is a floor, age ends it', () => {
  const answer = { kind: 'retry', reason: 'retry_expired' } as const;
  expect([1, 2, 3, 7, 50].map((attempt) => retryDelayMillis(attempt, answer, 0, 1))).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  expect(retryDelayMillis(1, answer, 0, 0)).toBe(0);
  expect(retryDelayMillis(1, { ...answer, afterMillis: 5000 }, 0, 1)).toBe(5000);
  expect(retryDelayMillis(1, answer, maxAgeMillis, 1)).toBeUndefined();
  expect(retryDelayMillis(1, { kind: 'final', reason: 'oversize', detail: '' }, 0, 1)).toBeUndefined();
});

test('Retry-After in seconds, as a date, as junk', () => {
  expect(parseRetryAfter('7', 0)).toBe(7000);
  expect(parseRetryAfter('999999999', 0)).toBe(3_600_000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 1000)).toBe(8000);
  expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:01 GMT', 5000)).toBe(0);
  for (const junk of ['soon', '', null, undefined]) expect(parseRetryAfter(junk, 0)).toBeUndefined();
});
