import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { zoneContextManager } from '../../../src/context/zone.ts';

const globals = globalThis as { Zone?: unknown };
afterEach(() => {
  delete globals.Zone;
  diag.disable();
});

test('without Zone.js it says at once what to do', () => {
  expect(() => zoneContextManager()).toThrow("put `import 'zone.js'` at the top");
});

test('native async under Zone.js is said, with the line to paste', () => {
  const told: string[] = [];
  const log = (message: string): void => void told.push(message);
  diag.setLogger({ error: log, warn: log, info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.WARN);
  globals.Zone = { current: { get: () => undefined } };
  zoneContextManager();
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("asyncContext({ mode: 'lower' })");
});
