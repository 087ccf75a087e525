// House invariant 4: a bare import of a door leaves nothing but import statements behind.
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { createUserFolder } from './user-folder.ts';

// `/zone`, the build doors and what exists to have an effect (`/deno/register`, `/proxy/worker`, the bin) stand apart.
const api = ['@opentelemetry/api'];
const doors: [door: string, imports: string[]][] = [
  ['', api],
  ['/browser', api],
  ['/workers', [...api, 'node:async_hooks']],
  ['/deno', [...api, 'node:async_hooks']],
  ['/node', [...api, 'node:async_hooks']],
  ['/save-restore', api],
  ['/gzip', [...api, 'fflate']],
  ['/otel-sdk', api],
  ['/proxy', [...api, 'bowser', 'fflate', 'jose/jwt/sign', 'jose/jwt/verify', '@msgpack/msgpack']],
  ['/viewer', [...api, 'fflate', '@msgpack/msgpack']],
];

async function bareImport(folder: string, contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    minifyWhitespace: true,
    ignoreAnnotations: true,
    external: ['@opentelemetry/api', 'bowser', 'fflate', 'jose', '@msgpack/msgpack', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

// `/workers` awaits its import, so that a compatibility date without the module still starts.
const awaitedImport = /var \w+=await import\("node:async_hooks"\)\.catch\(\(\)=>void 0\);/;
const importStatement = /import\s*(?:[^"';]*from)?\s*"([^"]+)";?/g;

test.each(doors)('edgespan%s has no effect at import', async (door, allowed) => {
  const output = await bareImport(createUserFolder('import-effects', {}), `import 'edgespan${door}';`);
  const rest = door === '/workers' ? output.replace(awaitedImport, '') : output;
  expect(rest.replaceAll(importStatement, '').trim()).toBe('');
  expect([...output.matchAll(importStatement)].map(([, name]) => name).filter((name) => !allowed.includes(name ?? ''))).toEqual([]);
});

test('an effect is seen', async () => {
  const folder = createUserFolder('import-effects', {
    'effect.js': "import { trace } from '@opentelemetry/api'; const key = Symbol.for('a'); globalThis[key] = 1; export { trace };",
  });
  expect((await bareImport(folder, "import './effect.js';")).replaceAll(importStatement, '')).toContain('globalThis');
});
