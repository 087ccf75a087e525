import { createTraceViewer } from '../viewer/handler.ts';
import { serve } from './serve.ts';
import type { Shell } from './shell.ts';

/** Options of `edgespan dev`. */
export interface DevOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Intake and viewer on one port until the shell says stop. Resolves to the exit code.
 *
 * @param senderLines What to write into an application so that its spans come here: label and line, by address.
 */
export async function dev(
  { host, port }: DevOptions,
  senderLines: (address: string) => readonly (readonly [label: string, line: string])[],
  shell: Shell,
): Promise<number> {
  const viewer = createTraceViewer();
  const serving = await serve((request) => viewer.fetch(request), host, port);
  const address = serving.address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  shell.print(`viewer    ${address}/`);
  shell.print(`intake    ${address}/t`);
  shell.print('');
  shell.print('Send it spans:');
  for (const [label, line] of senderLines(address)) shell.print(`  ${label.padEnd(16)}${line}`);
  shell.print('');
  shell.print('Answers this machine only, keeps everything in memory. Ctrl+C ends it.');
  await shell.stopped();
  await serving.close(500);
  return 0;
}
