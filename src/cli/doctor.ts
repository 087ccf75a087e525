import { relative } from 'node:path';
import { askOrigin } from './ask-origin.ts';
import { askReceiver, type ReceiverFinding } from './ask-receiver.ts';
import { findPackages, type PackageCopy } from './find-packages.ts';
import { toReceiver } from './receiver.ts';
import type { Shell } from './shell.ts';
import { checkZone } from './zone-check.ts';

const apiName = '@opentelemetry/api';

/** What `edgespan doctor` is asked. */
export interface DoctorOptions {
  /** URL of the intake. Default `EDGESPAN_INTAKE_URL`. */
  readonly url?: string | undefined;
  /** An origin whose pages shall be able to read what the intake answers. */
  readonly origin?: string | undefined;
  /** Headers that the propagators in use add to requests. */
  readonly corsHeaders?: readonly string[];
  /** Which propagators those are, and who says so. */
  readonly propagators?: string;
}

/** Looks for what most often keeps spans away, one line each with its fix. Resolves to the exit code: 1 where something is not OK. */
export async function doctor({ url, origin, corsHeaders = [], propagators }: DoctorOptions, shell: Shell): Promise<number> {
  const findings = judgeApiCopies(await findPackages(apiName, shell.cwd), shell.cwd);
  const zone = await checkZone(shell.cwd);
  if (zone !== undefined) findings.push(zone);
  const given = url ?? shell.env['EDGESPAN_INTAKE_URL'];
  const receiver = given === undefined ? undefined : toReceiver(given);
  if (receiver !== undefined) {
    const found = await askReceiver(receiver, shell.fetch);
    findings.push(found.below && url === undefined ? notAt(receiver.shown, found.below.shown) : found);
    if (origin !== undefined) findings.push(await askOrigin(found.below ?? receiver, origin, shell.fetch));
  } else if (given !== undefined) {
    const fix = 'give the URL that stands in intake({ url })';
    findings.push({ ok: false, text: 'receiver: what was given is no http or https URL without user and password', fix });
  }
  for (const { ok, text, fix } of findings) {
    shell.print(`${ok ? 'OK     ' : 'NOT OK '} ${text}`);
    if (fix !== undefined) shell.print(`        fix: ${fix}`);
  }
  if (given === undefined) shell.print('--      receiver: not asked, give its URL: edgespan doctor http://127.0.0.1:4319/t');
  if (given === undefined && origin !== undefined) shell.print('--      pages: not asked, as there is no receiver to ask');
  if (corsHeaders.length > 0) {
    shell.print(
      `--      APIs of other origins that pages call must answer preflights with this, for ${propagators ?? 'the propagators in use'}:`,
    );
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

function notAt(asked: string, below: string): ReceiverFinding {
  return { ok: false, text: `receiver: none at ${asked} itself, one at ${below}`, fix: `EDGESPAN_INTAKE_URL=${below}` };
}
