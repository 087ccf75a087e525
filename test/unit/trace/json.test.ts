import { afterEach, expect, test } from 'vitest';
import { json } from '../../../src/trace/json.ts';

const prototypes = [Object.prototype, Array.prototype] as { toJSON?: unknown }[];
afterEach(() => {
  for (const prototype of prototypes) delete prototype.toJSON;
});

test('prints as JSON.stringify does, also where a page has given built-in prototypes a toJSON', () => {
  const value = { text: 'a"\n', count: 1.5, is: true, list: [1, null, ['x']], inner: { key: 'é' }, none: undefined };
  const expected = '{"text":"a\\"\\n","count":1.5,"is":true,"list":[1,null,["x"]],"inner":{"key":"é"}}';
  expect(json(value)).toBe(expected);
  for (const prototype of prototypes) {
    prototype.toJSON = () => 'odd';
    const printed = json(value);
    delete prototype.toJSON;
    expect(printed).toBe(expected);
  }
});
