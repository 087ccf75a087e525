import { usingChecks } from './checks-using.ts';

globalThis.usingChecks = usingChecks;
