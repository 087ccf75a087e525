// Run with --expose-gc: 100,000 transformed calls, each in a context of its own; how many contexts are still there afterwards?
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { saveRestoreContextManager } from '../../../src/context/save-restore.ts';
import * as calls from '../../../src/context/save-restore-calls.ts';
import { transformAsync } from '../../../src/transform/transform-async.ts';

const callCount = 100_000;
const source = `
  async function* rows() { try { yield 1; await null; yield 2 } finally { await null } }
  exports.call = async (n) => {
    for await (const x of rows()) { await x; if (n % 2) break }
    try { await Promise.reject(n) } catch { await null }
    return { then(ok) { ok(n) } };
  };`;

async function retained(run: object): Promise<number> {
  const exports: { call?: (n: number) => Promise<unknown> } = {};
  new Function('exports', 'require', transformAsync(source)?.code ?? '')(exports, () => run);
  const manager = saveRestoreContextManager().enable();
  const key = createContextKey('call');
  const contexts: WeakRef<object>[] = [];
  for (let first = 0; first < callCount; first += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => {
        const context = ROOT_CONTEXT.setValue(key, first + index);
        contexts.push(new WeakRef(context));
        return manager.with(context, () => exports.call?.(first + index));
      }),
    );
  }
  manager.disable();
  for (let times = 0; times < 5; times++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    (globalThis as unknown as { gc(): void }).gc();
  }
  return contexts.filter((context) => context.deref()).length;
}

const kept: unknown[] = [];
const keeping = {
  ...calls,
  enter() {
    const frame = calls.enter();
    kept.push(frame);
    return frame;
  },
};
console.log(JSON.stringify({ callCount, retained: await retained(calls), retainedByControl: await retained(keeping), kept: kept.length }));
