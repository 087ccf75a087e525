import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { viewerVersion } from '../viewer/handler.ts';
import { dev } from './dev.ts';
import { type DoctorOptions, doctor } from './doctor.ts';
import { proxy } from './proxy.ts';
import type { Shell } from './shell.ts';
import { type TokenOptions, token } from './token.ts';

/** What the door knows of the vendor: variables and lines to copy. */
export interface CliTexts {
  readonly senderLines: (address: string) => readonly (readonly [label: string, line: string])[];
  readonly proxyHelp: string;
  /** Headers that propagators add to a page's requests, by their names; undefined where it does not know one. */
  readonly propagatorHeaders: (name: string) => readonly string[] | undefined;
  readonly propagatorNames: readonly string[];
  /** Those of a page that names none. */
  readonly pagePropagators: readonly string[];
  /** Variables that may name others; the first that is set counts. */
  readonly propagatorVariables: readonly string[];
}

/** Runs one command. Resolves to the exit code: 0 done, 1 not OK, 2 wrong usage or configuration. Never rejects. */
export async function main(args: readonly string[], texts: CliTexts, shell: Shell): Promise<number> {
  let code = 0;
  const program = new Command('edgespan')
    .description('Tracing for browsers, Cloudflare Workers, Deno, Node and Bun: viewer, proxy and doctor.')
    .version(viewerVersion, '-v, --version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.print(text.trimEnd()), writeErr: (text) => shell.printError(text.trimEnd()) });

  program
    .command('dev')
    .description('intake and trace viewer on one port, for the desk')
    .option('-p, --port <number>', 'port to listen on; 0 takes a free one', toPort, 4319)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addHelpText('after', '\nNothing to install, no account: open the address it prints. It answers this machine only.')
    .action(async (options: { host: string; port: number }) => {
      code = await dev(options, texts.senderLines, shell);
    });

  program
    .command('proxy')
    .description('the intake proxy, configured by the environment')
    .option('-p, --port <number>', 'port to listen on; 0 takes a free one (default: PORT, else 4320)', toPort)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for every one', '127.0.0.1')
    .addHelpText('after', texts.proxyHelp)
    .action(async (options: { host: string; port?: number }) => {
      code = await proxy({ host: options.host, port: options.port ?? portOf(shell.env['PORT']) }, shell);
    });

  program
    .command('token')
    .description('mint a token for a page or a server; --new-key makes a key')
    .option('--origin <origin>', 'the one origin it may come from, e.g. https://shop.example')
    .option('--service <name>', 'the service its spans are held to')
    .option('--env <name>', 'the env its spans are held to')
    .option('--service-version <text>', 'the version its spans are held to')
    .option('--sub <name>', 'names its holder, for rate limits')
    .option('--server', 'for a server of your own: no origin, up to a year')
    .option('--lifetime <seconds>', 'how long it lives (default: 900)', Number)
    .option('--new-key <id>', 'print a new key for EDGESPAN_TOKEN_KEYS instead')
    .addHelpText('after', '\nReads EDGESPAN_TOKEN_KEYS (kid:base64url, with commas between keys); the first key signs.')
    .action(async (options: TokenOptions) => {
      code = await token(options, shell);
    });

  program
    .command('doctor')
    .description('says what keeps spans away, and the fix')
    .argument('[url]', 'URL of the intake, as in intake({ url }) (default: EDGESPAN_INTAKE_URL)')
    .option('--origin <origin>', 'asks whether pages of this origin could read the answers of the intake')
    .option(
      '--propagators <names>',
      `those of the page, with commas (default: ${texts.pagePropagators.join()}, or what the environment says)`,
    )
    .addHelpText(
      'after',
      '\nLooks at the copies of @opentelemetry/api in node_modules, at Zone.js beside native await, asks the receiver what it is,\nand prints the header that APIs of other origins need.\nExit code 1 where something is not OK.',
    )
    .action(async (url: string | undefined, { origin, propagators }: { origin?: string; propagators?: string }) => {
      code = await doctor({ url, origin, ...corsOf(propagators, texts, shell) }, shell);
    });

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    shell.printError(error instanceof Error ? error.message : String(error));
    return 2;
  }
  return code;
}

/** What the propagators add that an option names, or a variable, or else those of a page. */
function corsOf(given: string | undefined, texts: CliTexts, shell: Shell): Pick<DoctorOptions, 'corsHeaders' | 'propagators'> {
  const variable = texts.propagatorVariables.find((name) => shell.env[name]?.trim());
  const source = given === undefined ? variable : '--propagators';
  const names = (given ?? shell.env[variable ?? ''])?.split(',').map((name) => name.trim().toLowerCase()) ?? texts.pagePropagators;
  const headers = names.map((name) => {
    const added = texts.propagatorHeaders(name);
    if (added !== undefined) return added;
    // Of a variable the tracer leaves out what it does not know.
    if (given === undefined) return [];
    throw new Error(`Cannot use --propagators as each must be one of ${texts.propagatorNames.join(', ')}: current value is ${name}`);
  });
  return { corsHeaders: [...new Set(headers.flat())], propagators: `${names.join(', ')} (${source ?? 'the default of pages'})` };
}

function toPort(text: string): number {
  if (isPort(text)) return Number(text);
  throw new InvalidArgumentError('a port is a whole number within 0..65535.');
}

/** The variable of hosts that choose a port. */
function portOf(text = ''): number {
  if (isPort(text || '4320')) return Number(text || '4320');
  throw new Error(`Cannot start the proxy as PORT must be a whole number within 0..65535: current value is ${text.slice(0, 20)}`);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
