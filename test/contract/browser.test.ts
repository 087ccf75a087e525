// The contract suites in a page.
import * as door from 'edgespan/browser';
import { test } from 'vitest';
import { saveRestoreContextManager } from '../../src/context/save-restore.ts';
import { StackContextManager } from '../../src/context/stack.ts';
import { casesOf } from './cases.ts';
import { contextManagerContract } from './context-manager.ts';
import { registrationContract } from './registration.ts';
import { tracingContract } from './tracing.ts';
import { createRegisterHost } from './tracing-host.ts';

// Both without the build plugin: it has its own campaign, `npm run test:context`.
const synchronous = { nativeAwait: false, callbacks: false, attach: true };

for (const [name, check] of casesOf(
  contextManagerContract('stack', () => new StackContextManager(), synchronous),
  contextManagerContract('save-restore', saveRestoreContextManager, synchronous),
  tracingContract(createRegisterHost('browser', door, false)),
  registrationContract(door),
))
  test(name, check);
