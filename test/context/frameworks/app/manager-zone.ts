import 'zone.js';
import 'zone.js/plugins/zone-patch-message-port';
import { context } from '@opentelemetry/api';
import { zoneContextManager } from '../../../../src/context/zone.ts';

export function setUp(): unknown {
  context.setGlobalContextManager(zoneContextManager().enable());
  return undefined;
}
