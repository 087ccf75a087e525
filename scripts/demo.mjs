// `npm run demo`: the playground once, headless. Prints the trace and ends with 1 where something is missing from it.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`The demo needs Node 22.18 or newer: this is ${process.versions.node}. On Linux, npm ci brings it.`);
  process.exit(1);
}
const options = `  --json            last line is the trace as JSON
  --zone            the page with Zone.js, its async functions lowered
  --without TIER    leaves out browser, workerd or deno`;
const { parseArgs } = await import('node:util');
const { values } = tryParse();
if (values.help) {
  console.log(`npm run demo -- [options]\n${options}`);
  process.exit(0);
}
const { without } = values;
if (without !== undefined && !['browser', 'workerd', 'deno'].includes(without)) {
  refuse(`--without must be browser, workerd or deno: current value is ${without}`);
}
if (!existsSync('src/viewer/page-html.ts')) await import('./page.ts');
const { runDemo } = await import('../playground/demo.ts');
process.exit(await runDemo({ json: values.json, withZone: values.zone, without }));

function tryParse() {
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({ options: { json: flag, zone: flag, help: flag, without: { type: 'string' } } });
  } catch (error) {
    return refuse(`it has these options alone: ${error.message}\n${options}`);
  }
}

function refuse(rule) {
  console.error(`Cannot run the demo as ${rule}`);
  process.exit(2);
}
