// Builds dist/: what is published. The root manifest is private and points at the sources; the published one is derived from it here.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildViewerPage, pageModule } from './viewer-page.ts';

interface RootManifest {
  exports: Record<string, string>;
  bin: Record<string, string>;
  sideEffects: string[];
  [key: string]: unknown;
}

const root = JSON.parse(readFileSync('package.json', 'utf8')) as RootManifest;
const built = (source: string, extension: string): string => source.replace(/^\.\/src\//, './').replace(/\.ts$/, extension);

function publishedManifest(): Record<string, unknown> {
  const doors = Object.entries(root.exports).filter(([door, source]) => {
    if (existsSync(source)) return true;
    console.log(`left out: ${door}, as ${source} is absent`);
    return false;
  });
  const kept = ['name', 'version', 'description', 'keywords', 'license', 'author', 'homepage', 'bugs', 'repository', 'type'];
  return {
    ...Object.fromEntries(kept.flatMap((key) => (key in root ? [[key, root[key]]] : []))),
    engines: { node: '>=20' },
    sideEffects: root.sideEffects.map((source) => built(source, '.js')),
    exports: {
      ...Object.fromEntries(doors.map(([door, source]) => [door, { types: built(source, '.d.ts'), default: built(source, '.js') }])),
      './package.json': './package.json',
    },
    bin: Object.fromEntries(Object.entries(root.bin).map(([command, source]) => [command, built(source, '.js').slice(2)])),
    dependencies: root['dependencies'],
    peerDependencies: root['peerDependencies'],
    peerDependenciesMeta: root['peerDependenciesMeta'],
  };
}

/** The page carries other people's code inside, so their licences are published with it. */
function thirdPartyLicences(packages: string[]): string {
  const texts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, string>;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`Cannot publish the viewer's page as ${name} has no licence file`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  });
  return `# Third-party code inside this package\n\nThe viewer's page (\`viewer/page-html.js\`) contains these packages. All else is installed as a dependency.\n\n${texts.join('\n')}`;
}

const { html, packages } = await buildViewerPage();
writeFileSync('src/viewer/page-html.ts', pageModule(html));
rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  timeout: 120_000,
});
if (tsc.status !== 0) process.exit(1);
writeFileSync('dist/package.json', `${JSON.stringify(publishedManifest(), null, 2)}\n`);
writeFileSync('dist/THIRD-PARTY-LICENSES.md', thirdPartyLicences(packages));
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) if (existsSync(file)) copyFileSync(file, `dist/${file}`);
for (const source of Object.values(root.bin)) if (existsSync(source)) chmodSync(built(source, '.js').replace('./', 'dist/'), 0o755);
console.log(`dist: ${root['name'] as string} ${root['version'] as string}, page ${Buffer.byteLength(html)} bytes`);
