// Two copies of the API in one application: the library was installed with one, the application's code imports another.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { bundleWithCopies } from './library.mjs';

// A tracer fetched before `register` (early) or after it (late) records, or is a no-op for ever. Without and with `register({ api })`.
const table = [
  // library, application, early, late, early with api, late with api
  ['1.9.0', '1.9.0', true, true, true, true],
  ['1.9.0', '1.9.1', false, true, true, true],
  ['1.9.0', '1.10.0', false, false, true, true],
  ['1.9.1', '1.9.0', false, true, true, true],
  ['1.9.1', '1.9.1', true, true, true, true],
  ['1.9.1', '1.10.0', false, false, true, true],
  ['1.10.0', '1.9.0', false, true, true, true],
  ['1.10.0', '1.9.1', false, true, true, true],
  ['1.10.0', '1.10.0', true, true, true, true],
];

const application = (isHandedOver) => `
import * as api from 'application-api';
import { intake, register } from 'edgespan/node';
const early = api.trace.getTracer('early');
const { ok } = register({ service: 'copies', exporter: intake({ url: 'http://127.0.0.1:9/t' })${isHandedOver ? ', api' : ''} });
const records = (tracer) => tracer.startSpan('one').isRecording();
console.log(JSON.stringify({ ok, early: records(early), late: records(api.trace.getTracer('late')) }));
process.exit(0);
`;

async function outcomeOf(library, application_, isHandedOver) {
  const copies = { library: `api-${library}`, application: `api-${application_}` };
  const script = await bundleWithCopies(application(isHandedOver), copies);
  const output = execFileSync(process.execPath, ['--input-type=module', '-'], { input: script, encoding: 'utf8', timeout: 20_000 });
  return JSON.parse(output.trim().split('\n').at(-1));
}

for (const [library, application_, early, late, earlyWithApi, lateWithApi] of table) {
  test(`library on API ${library}, application on ${application_}`, async () => {
    assert.deepEqual(await outcomeOf(library, application_, false), { ok: true, early, late });
    assert.deepEqual(await outcomeOf(library, application_, true), { ok: true, early: earlyWithApi, late: lateWithApi });
  });
}

test('another copy that came first is refused with both versions named', async () => {
  const script = await bundleWithCopies(
    `import { context } from 'application-api';
import { intake, register } from 'edgespan/node';
context.setGlobalContextManager({ active: () => 0, with: (c, f) => f(), bind: (c, f) => f, enable() { return this; }, disable() { return this; } });
const { ok, reason } = register({ service: 'copies', exporter: intake({ url: 'http://127.0.0.1:9/t' }) });
console.log(JSON.stringify({ ok, reason }));
process.exit(0);`,
    { library: 'api-1.9.1', application: 'api-1.10.0' },
  );
  const output = execFileSync(process.execPath, ['--input-type=module', '-'], { input: script, encoding: 'utf8', timeout: 20_000 });
  const { ok, reason } = JSON.parse(output.trim().split('\n').at(-1));
  assert.equal(ok, false);
  assert.match(reason, /1\.9\.1/);
  assert.match(reason, /1\.10\.0/);
});
