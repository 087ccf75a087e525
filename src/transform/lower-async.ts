import type { SourceLanguage } from './transform-async.ts';

/** Loads a package from where the project is, not from where this one is installed; rejects where it is absent. */
export type LoadPackage = (name: string) => Promise<unknown>;

export interface LoweredCode {
  code: string;
  map: string | undefined;
}

interface Swc {
  transform(code: string, options: object): Promise<{ code: string; map?: string }>;
}

interface Babel {
  transformAsync(code: string, options: object): Promise<{ code?: string | null; map?: object | null } | null>;
}

const babelPlugins = ['@babel/plugin-transform-async-generator-functions', '@babel/plugin-transform-async-to-generator'];

/**
 * Lowers async functions and async generators, and nothing else, to generators: what Zone.js can follow. Top-level `await` stays. Uses
 * `@swc/core` where the project has it, else `@babel/core` with its two plugins.
 *
 * @throws Error naming the command to run where the project has neither.
 */
export async function lowerAsync(
  code: string,
  filename: string,
  lang: SourceLanguage | undefined,
  load: LoadPackage,
): Promise<LoweredCode | undefined> {
  if (!/\basync\b/.test(code)) return undefined;
  const swc = (await load('@swc/core').catch(() => undefined)) as Swc | undefined;
  if (swc) return lowerWithSwc(swc, code, filename, lang);
  const babel = (await load('@babel/core').catch(() => undefined)) as Babel | undefined;
  const plugins = await Promise.all(babelPlugins.map((name) => load(name).catch(() => undefined)));
  if (!babel || plugins.includes(undefined)) {
    throw new Error(
      `Cannot lower async functions as mode 'lower' needs a compiler: run \`npm install --save-dev @swc/core\`, or \`npm install --save-dev @babel/core ${babelPlugins.join(' ')}\``,
    );
  }
  return lowerWithBabel(babel, plugins, code, filename, lang);
}

async function lowerWithSwc(swc: Swc, code: string, filename: string, lang: SourceLanguage | undefined): Promise<LoweredCode> {
  const isTypeScript = lang === 'ts' || lang === 'tsx';
  const { code: lowered, map } = await swc.transform(code, {
    filename,
    swcrc: false,
    configFile: false,
    sourceMaps: true,
    isModule: 'unknown',
    // A target that has everything but what is named; the preset then lowers these two alone.
    env: { targets: 'chrome 140', include: ['transform-async-to-generator', 'transform-async-generator-functions'] },
    jsc: {
      parser: isTypeScript
        ? { syntax: 'typescript', tsx: lang === 'tsx', decorators: true }
        : { syntax: 'ecmascript', jsx: lang !== 'js', explicitResourceManagement: true },
      transform: { react: { runtime: 'preserve' }, verbatimModuleSyntax: isTypeScript },
      preserveAllComments: true,
    },
  });
  return { code: lowered, map };
}

async function lowerWithBabel(
  babel: Babel,
  plugins: unknown[],
  code: string,
  filename: string,
  lang: SourceLanguage | undefined,
): Promise<LoweredCode | undefined> {
  const syntax = [
    ...(lang === 'ts' || lang === 'tsx' ? ['typescript'] : []),
    ...(lang === 'ts' || lang === 'js' ? [] : ['jsx']),
    'explicitResourceManagement',
  ];
  const result = await babel.transformAsync(code, {
    filename,
    babelrc: false,
    configFile: false,
    sourceMaps: true,
    sourceType: 'unambiguous',
    compact: false,
    parserOpts: { plugins: syntax, allowReturnOutsideFunction: true },
    plugins: plugins.map((plugin) => (plugin as { default?: unknown }).default ?? plugin),
  });
  return result?.code ? { code: result.code, map: result.map ? JSON.stringify(result.map) : undefined } : undefined;
}
