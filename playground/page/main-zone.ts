// The same page with Zone.js: its async functions are lowered by the build.
import 'zone.js';
import { zoneContextManager } from 'edgespan/zone';
import { startPage } from './start-page.ts';

startPage({ contextManager: zoneContextManager() });
