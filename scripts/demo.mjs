// `npm run demo`: the playground once, headless. Prints the trace and ends with 1 where something is missing from it.
import { existsSync } from 'node:fs';

const args = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`The demo needs Node 22.18 or newer: this is ${process.versions.node}. On Linux, npm ci brings it.`);
  process.exit(1);
}
if (args.includes('--help')) {
  console.log(`npm run demo -- [options]
  --json            last line is the trace as JSON
  --zone            the page with Zone.js, its async functions lowered
  --without TIER    leaves out browser, workerd or deno`);
  process.exit(0);
}
const without = args.includes('--without') ? args[args.indexOf('--without') + 1] : undefined;
if (args.includes('--without') && !['browser', 'workerd', 'deno'].includes(without)) {
  console.error(`Cannot run the demo as --without must be browser, workerd or deno: current value is ${without}`);
  process.exit(2);
}
if (!existsSync('src/viewer/page-html.ts')) await import('./page.ts');
const { runDemo } = await import('../playground/demo.ts');
process.exit(await runDemo({ json: args.includes('--json'), withZone: args.includes('--zone'), without }));
