export { zoneContextManager } from '../context/zone.ts';
