import { usingChecks } from './checks-using.ts';

globalThis.loweredUsingChecks = usingChecks;
