import MagicString from 'magic-string';
import { createUnplugin, type TransformResult, type UnpluginContext, type UnpluginInstance } from 'unplugin';
import type { AsyncContextOptions } from './async-context-options.ts';
import { type LoadPackage, lowerAsync } from './lower-async.ts';
import { RUN_TIME_ID, type SourceLanguage, transformAsync } from './transform-async.ts';

/** What the door knows and this room does not: where the package's own files are, and how a package of the project is loaded. */
export interface PluginHost {
  /** File of `edgespan/save-restore/on`. */
  runTimeFile: string;
  /** Folder of the package's own code, which needs no transform. */
  ownFolder: string;
  loadPackage: LoadPackage;
}

const usesBrowserDoor = /['"]edgespan\/browser['"]/;
const mayConcern = /\basync\b|['"]edgespan\/browser['"]|\.\s*(?:then|catch|finally)\b/;

/** The plugin for every bundler that unplugin knows; a door picks one. */
export function createAsyncContext(host: PluginHost): UnpluginInstance<AsyncContextOptions | undefined> {
  return createUnplugin<AsyncContextOptions | undefined>((options = {}, meta) => {
    const { include = [], exclude = [], mode = 'save-restore', promises = false } = options;
    if (mode !== 'save-restore' && mode !== 'lower') {
      throw new Error(
        `Cannot set up asyncContext() as \`mode\` must be 'save-restore' or 'lower': current value is ${JSON.stringify(mode)}`,
      );
    }
    const isEsbuild = meta.framework === 'esbuild';
    let loaders: Record<string, string> = {};
    let isServed = false;
    // Where TypeScript, JSX and single-file components have been through their compilers by now, all code is JavaScript.
    const languageOf = (id: string): SourceLanguage | undefined => (isEsbuild ? asLanguage(loaderOf(id, loaders)) : 'jsx');
    const transform = async function (this: UnpluginContext, code: string, id: string): Promise<TransformResult> {
      const filename = id.replace(/[?#].*$/, '');
      const lang = languageOf(filename);
      if (mode === 'lower') return lowerAsync(code, filename, lang, host.loadPackage);
      if (filename.startsWith(host.ownFolder)) return undefined;
      try {
        const transformed = transformAsync(code, { filename, promises, ...(lang && { lang }), ...(isServed && { isModule: true }) });
        return transformed ?? (usesBrowserDoor.test(code) ? announced(code, filename) : undefined);
      } catch (error) {
        // Code nested by the thousands is deeper than the stack: better without its context than no build.
        this.warn(`Left ${filename} as it is, the active span is lost at its awaits: ${error}`);
        return undefined;
      }
    };
    return {
      name: 'edgespan:async-context',
      enforce: 'post',
      transform: {
        filter: { id: { include: [include].flat(), exclude: [/\/vite\/dist\/client\//, ...[exclude].flat()] }, code: mayConcern },
        handler: transform,
      },
      vite: {
        // What Vite's server sends is ESM, whatever words are in it.
        configResolved: ({ command }) => {
          isServed = command === 'serve';
        },
        // Servers have AsyncLocalStorage.
        applyToEnvironment: (environment) => environment.config.consumer === 'client',
        // Before Vite's own: a dependency that does not name this package could not import from it.
        resolveId: { order: 'pre', filter: { id: exactly(RUN_TIME_ID) }, handler: () => host.runTimeFile },
      },
      esbuild: {
        onLoadFilter: /\.[cm]?[jt]sx?$/,
        config: (build) => {
          loaders = build.loader ?? {};
        },
        loader: (_code, id) => loaderOf(id, loaders) as 'js',
        setup: (build) => {
          build.onResolve({ filter: exactly(RUN_TIME_ID) }, () => ({ path: host.runTimeFile }));
        },
      },
    };
  });
}

/** The module that registers tracing says first that transformed code is about to come. */
function announced(code: string, filename: string): TransformResult {
  const text = new MagicString(code, { filename });
  text.prepend(`import"${RUN_TIME_ID}";`);
  return { code: text.toString(), map: text.generateMap({ source: filename, includeContent: true, hires: 'boundary' }) };
}

function loaderOf(id: string, loaders: Record<string, string>): string {
  const [ending = '.js', kind = 'js'] = /\.[cm]?([jt]sx?)$/.exec(id) ?? [];
  return loaders[ending] ?? kind;
}

function asLanguage(loader: string): SourceLanguage | undefined {
  return loader === 'js' || loader === 'jsx' || loader === 'ts' || loader === 'tsx' ? loader : undefined;
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[/.]/g, '\\$&')}$`);
}
