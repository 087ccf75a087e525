// The whole of it: the library's own `register` without a context manager, spans, three awaits.
import { trace } from '@opentelemetry/api';
import { register, withSpan } from '../../../../src/entries/browser.ts';

const tracing = register({ service: 'page' });
const activeId = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

Object.assign(globalThis, {
  runRegistered: () =>
    withSpan('outer', async (outer) => {
      const { spanId } = outer.spanContext();
      const seen = [activeId() === spanId];
      await fetch('/data.json');
      seen.push(activeId() === spanId);
      await withSpan('inner', async (inner) => {
        await null;
        seen.push(activeId() === inner.spanContext().spanId);
      });
      seen.push(activeId() === spanId);
      await new Promise<void>((resolve) => {
        setTimeout(() => {
          seen.push(activeId() === spanId);
          resolve();
        }, 1);
      });
      seen.push(activeId() === spanId);
      return [tracing.ok, ...seen];
    }),
});
