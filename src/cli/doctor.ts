import { relative } from 'node:path';
import { askReceiver, type ReceiverFinding } from './ask-receiver.ts';
import { findPackages, type PackageCopy } from './find-packages.ts';
import type { Shell } from './shell.ts';
import { checkZone } from './zone-check.ts';

const apiName = '@opentelemetry/api';

/**
 * Looks for what most often keeps spans away, one line each with its fix. Resolves to the exit code: 1 where something is not OK.
 *
 * @param corsHeaders Headers that the propagators in use add to requests.
 */
export async function doctor(url: string | undefined, shell: Shell, corsHeaders: readonly string[] = []): Promise<number> {
  const findings = judgeApiCopies(await findPackages(apiName, shell.cwd), shell.cwd);
  const zone = await checkZone(shell.cwd);
  if (zone !== undefined) findings.push(zone);
  const receiver = url ?? shell.env['EDGESPAN_INTAKE_URL'];
  if (receiver !== undefined) findings.push(await askReceiver(receiver, shell.fetch));
  for (const { ok, text, fix } of findings) {
    shell.print(`${ok ? 'OK     ' : 'NOT OK '} ${text}`);
    if (fix !== undefined) shell.print(`        fix: ${fix}`);
  }
  if (receiver === undefined) shell.print('--      receiver: not asked, give its URL: edgespan doctor http://127.0.0.1:4319/t');
  if (corsHeaders.length > 0) {
    shell.print('--      APIs of other origins that pages call must answer preflights with:');
    shell.print(`        Access-Control-Allow-Headers: ${corsHeaders.join(', ')}`);
  }
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

/**
 * One copy, at least 1.9 and below 2: a provider that was registered through one copy is refused by another whose version is newer, and
 * its tracers silently make nothing.
 */
export function judgeApiCopies(copies: readonly PackageCopy[], cwd: string): ReceiverFinding[] {
  if (copies.length === 0) return [{ ok: false, text: `${apiName}: not installed here`, fix: `npm install ${apiName}` }];
  const findings: ReceiverFinding[] = copies
    .filter(({ version }) => !isInRange(version))
    .map(({ version, path }) => ({
      ok: false,
      text: `${apiName} ${version} (${relative(cwd, path)}) is out of range: >=1.9 <2 is needed`,
      fix: `npm install ${apiName}@1`,
    }));
  const versions = [...new Set(copies.map(({ version }) => version))];
  if (versions.length > 1) {
    findings.push({
      ok: false,
      text: `${apiName}: ${copies.length} copies of ${versions.length} versions: ${copies.map(({ version, path }) => `${version} (${relative(cwd, path)})`).join(', ')}`,
      fix: 'make it one (`npm ls @opentelemetry/api`, `npm dedupe`, an override), or hand the newest copy over: register({ api })',
    });
  } else if (findings.length === 0) {
    findings.push({
      ok: true,
      text: `${apiName} ${versions[0]} (${copies.length === 1 ? 'one copy' : `${copies.length} copies, one version`})`,
    });
  }
  return findings;
}

function isInRange(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major === 1 && minor! >= 9;
}
