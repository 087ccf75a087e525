import { trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { createInstrumentation } from '../../../src/instrument/instrumentation.ts';

test('nothing happens before enable(), twice is once, and disable() undoes', () => {
  const log: string[] = [];
  const instrumentation = createInstrumentation('lab', { color: 'red' }, () => {
    log.push('watch');
    return () => log.push('undo');
  });
  expect(log).toEqual([]);
  expect(instrumentation.getConfig()).toEqual({ color: 'red', enabled: false });
  instrumentation.enable();
  instrumentation.enable();
  expect(log).toEqual(['watch']);
  expect(instrumentation.getConfig()).toEqual({ color: 'red', enabled: true });
  instrumentation.disable();
  instrumentation.disable();
  expect(log).toEqual(['watch', 'undo']);
  instrumentation.enable();
  expect(log).toEqual(['watch', 'undo', 'watch']);
});

test('names itself to the provider that is set, else to the API’s, with the package’s version', () => {
  const asked: unknown[][] = [];
  let tracer = (): unknown => undefined;
  const instrumentation = createInstrumentation('lab', {}, (watch) => {
    tracer = watch.tracer;
    return () => {};
  });
  instrumentation.enable();
  expect(tracer()).toEqual(trace.getTracer('edgespan/lab', manifest.version));
  instrumentation.setTracerProvider({
    getTracer: (...args) => {
      asked.push(args);
      return trace.getTracer('other');
    },
  });
  tracer();
  expect(asked).toEqual([['edgespan/lab', manifest.version]]);
  expect([instrumentation.instrumentationName, instrumentation.instrumentationVersion]).toEqual(['edgespan/lab', manifest.version]);
});

test('options that are set later are the ones in force', () => {
  let color = (): string => '';
  const instrumentation = createInstrumentation('lab', { color: 'red' }, (watch) => {
    color = () => watch.options().color;
    return () => {};
  });
  instrumentation.enable();
  instrumentation.setConfig({ color: 'green' });
  expect(color()).toBe('green');
});

test('a host that forbids the patch is no trouble, and the instrumentation says it is not enabled', () => {
  const instrumentation = createInstrumentation('lab', {}, () => {
    throw new TypeError('Cannot redefine property');
  });
  instrumentation.enable();
  expect(instrumentation.getConfig()).toEqual({ enabled: false });
  instrumentation.disable();
});
