import { expect, test } from 'vitest';
import { normalName, normalService, normalTag } from '../../../src/datadog/normalize.ts';

// Cases of pkg/trace/traceutil/normalize/normalize_test.go; the real functions run over thousands more in `npm run conformance`.
test.each([
  ['GET /users/:id', 'GET_users_id'],
  ['HTTP GET /Foo Bar', 'HTTP_GET_Foo_Bar'],
  ['héllo', 'h_llo'],
  ['', 'unnamed_operation'],
  ['123', 'unnamed_operation'],
  ['9a', 'a'],
  ['a_.b', 'a.b'],
  ['a..b', 'a..b'],
  ['a._b', 'a._b'],
  ['a._b c', 'a.b_c'],
  ['trace-api.request', 'trace_api.request'],
  ['a__b_', 'a_b'],
])('operation name %j is %j', (given, expected) => {
  expect(normalName(given)).toBe(expected);
});

test.each([
  ['#test_starting_hash', '_test_starting_hash'],
  ['TestCAPSandSuch', 'testcapsandsuch'],
  ['Test Conversion Of Weird !@#$%^&**() Characters', 'test_conversion_of_weird_characters'],
  ['$#weird_starting', '_weird_starting'],
  ['allowed:c0l0ns', 'allowed:c0l0ns'],
  ['1love', '1love'],
  ['ünicöde', 'ünicöde'],
  ['Ünicode', 'ünicode'],
  [' regulartag ', '_regulartag'],
  ['a\u2019b', 'a_b'],
  ['a__b', 'a_b'],
  ['_', ''],
  ['', ''],
])('tag value %j is %j', (given, expected) => {
  expect(normalTag(given, 200)).toBe(expected);
});

test('a service has at most 100 bytes, whole characters, and a name where there is none', () => {
  expect(normalService('My Service!')).toBe('my_service');
  expect(normalService('')).toBe('unnamed-javascript-service');
  expect(normalService('€'.repeat(50))).toBe('unnamed-javascript-service');
  expect(normalService('é'.repeat(60))).toBe('é'.repeat(50));
});
