import { context } from '@opentelemetry/api';
import { saveRestoreContextManager } from '../../../../src/context/save-restore.ts';

export function setUp(): unknown {
  const manager = saveRestoreContextManager();
  context.setGlobalContextManager(manager.enable());
  return (given: never) => manager.attach(given);
}
