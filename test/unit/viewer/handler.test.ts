import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTraceViewer, viewerVersion } from '../../../src/viewer/handler.ts';
import { traceViewer } from '../../contract/viewer.ts';

describe('trace viewer', () => {
  for (const [what, run] of Object.entries(traceViewer(createTraceViewer))) test(what, run);
});

test('limits are checked at once', () => {
  expect(() => createTraceViewer({ maxTraces: 0 })).toThrow(
    'Cannot create a trace viewer as `maxTraces` must be a whole number above 0: current value is 0',
  );
  expect(() => createTraceViewer({ maxSpans: 1.5 })).toThrow(RangeError);
});

test('its version is that of the package', () => {
  expect(viewerVersion).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});
