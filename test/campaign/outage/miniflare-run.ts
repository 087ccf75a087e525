import type { Report } from '../report.ts';
export async function runMiniflare(_: Report, __: object): Promise<void> {}
