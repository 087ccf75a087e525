// Vite, as server and as build, for the check app and for the pages of frameworks.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, createServer, type InlineConfig, type PluginOption, type ViteDevServer } from 'vite';
import { asyncContext } from '../../src/entries/vite.ts';
import { appFolder, inlineScript, managerFile } from './build-app.ts';
import { answerForChecks } from './serve.ts';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '../..');
export const frameworksFolder: string = join(here, 'frameworks');
export const frameworks = ['react', 'vue', 'svelte'] as const;
export type Framework = (typeof frameworks)[number];

async function frameworkPlugin(framework: Framework): Promise<PluginOption> {
  const require = createRequire(join(frameworksFolder, 'package.json'));
  const load = async (name: string): Promise<Record<string, (options?: object) => PluginOption>> =>
    await import(pathToFileURL(require.resolve(name)).href);
  if (framework === 'react') return (await load('@vitejs/plugin-react'))['default']?.();
  if (framework === 'vue') return (await load('@vitejs/plugin-vue'))['default']?.();
  return (await import(pathToFileURL(join(frameworksFolder, 'node_modules/@sveltejs/vite-plugin-svelte/src/index.js')).href)).svelte({
    configFile: false,
  });
}

function configOf(root: string, cacheDir: string, plugins: PluginOption[]): InlineConfig {
  return {
    root,
    base: './',
    cacheDir,
    configFile: false,
    logLevel: 'error',
    plugins: [
      ...plugins,
      {
        name: 'answers',
        configureServer(server) {
          server.middlewares.use((request, response, next) => {
            const known = answerForChecks(request.url ?? '');
            if (known) response.writeHead(200, { 'content-type': known.type }).end(known.body);
            else next();
          });
        },
        transformIndexHtml: () => [{ tag: 'script', children: inlineScript, injectTo: 'head-prepend' }],
      },
    ],
    server: { host: '127.0.0.1', fs: { allow: [repository] } },
    build: { target: 'esnext', emptyOutDir: true, sourcemap: true, minify: true },
  };
}

export async function checkAppConfig(cacheDir: string): Promise<InlineConfig> {
  const config = configOf(appFolder, cacheDir, [asyncContext({ promises: true })]);
  return {
    ...config,
    resolve: { alias: { '#manager': managerFile('save-restore') } },
  };
}

export async function frameworkConfig(framework: Framework, cacheDir: string): Promise<InlineConfig> {
  return configOf(join(frameworksFolder, framework), cacheDir, [await frameworkPlugin(framework), asyncContext()]);
}

export async function viteBuild(config: InlineConfig, outDir: string): Promise<void> {
  await build({ ...config, build: { ...config.build, outDir } });
}

export async function viteServe(config: InlineConfig): Promise<{ url: string; server: ViteDevServer }> {
  const server = await createServer({ ...config, base: '/' });
  await server.listen(0);
  return { url: server.resolvedUrls?.local[0] ?? '', server };
}
