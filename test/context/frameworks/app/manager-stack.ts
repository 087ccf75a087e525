import { context } from '@opentelemetry/api';
import { StackContextManager } from '../../../../src/context/stack.ts';

export function setUp(): unknown {
  const manager = new StackContextManager();
  context.setGlobalContextManager(manager.enable());
  return (given: never) => manager.attach(given);
}
