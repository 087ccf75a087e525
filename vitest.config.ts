import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import type { BrowserProviderOption } from 'vitest/node';
import { type BrowserName, browsers } from './test/runtimes/browsers.ts';
import { webkitgtk } from './test/runtimes/webkit-provider.ts';

// Named, for what Vite meets only while a page runs makes it bundle again and reload the page under the test.
const browserDependencies = [
  '@opentelemetry/api',
  '@opentelemetry/context-zone-peer-dep',
  '@opentelemetry/instrumentation-document-load',
  '@opentelemetry/instrumentation-fetch',
  '@opentelemetry/sdk-trace-base',
  'fflate',
  'zone.js',
];

// One project per browser, as all instances of a project share one provider. An absent browser has no project: scripts/test.ts says so.
function browserProject(name: BrowserName, provider: (executablePath: string) => unknown): TestProjectInlineConfiguration[] {
  const executablePath = browsers()[name];
  if (executablePath === undefined) return [];
  return [
    {
      optimizeDeps: { include: browserDependencies },
      test: {
        name,
        include: ['test/contract/browser.test.ts', 'test/runtimes/browser/*.test.ts'],
        testTimeout: 20_000,
        browser: {
          enabled: true,
          headless: name !== 'webkit',
          ui: false,
          screenshotFailures: false,
          provider: provider(executablePath) as BrowserProviderOption,
          instances: [{ browser: name, name }],
        },
      },
    },
  ];
}

// `dist` and `e2e` start builds, browsers and servers, one file at a time.
const slowNodeProject = (name: string, include: string[]): TestProjectInlineConfiguration => ({
  test: { name, include, environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
});

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/{unit,property,architecture,conformance}/**/*.test.ts', 'test/contract/node.test.ts'],
          environment: 'node',
          testTimeout: 20_000,
        },
      },
      slowNodeProject('dist', ['test/{dist,compat}/*.test.ts']),
      slowNodeProject('e2e', ['test/e2e/**/*.test.ts']),
      {
        plugins: [
          // Below the date from which Node compatibility is on by default: `nodejs_als` alone is what is tested.
          cloudflareTest({ remoteBindings: false, miniflare: { compatibilityDate: '2026-07-01', compatibilityFlags: ['nodejs_als'] } }),
        ],
        test: { name: 'workerd', include: ['test/contract/workerd.test.ts'], testTimeout: 20_000 },
      },
      ...browserProject('chromium', (executablePath) => playwright({ launchOptions: { executablePath, args: ['--no-sandbox'] } })),
      ...browserProject('firefox', (executablePath) => playwright({ launchOptions: { channel: 'moz-firefox', executablePath } })),
      // Without a display MiniBrowser hangs, so outside xvfb-run there is no such project.
      ...(process.env['DISPLAY'] ? browserProject('webkit', webkitgtk) : []),
    ],
  },
});
