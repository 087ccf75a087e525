// `npm start`: the playground at one address. Plain JavaScript, so that an old Node can say what it needs.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`The playground needs Node 22.18 or newer: this is ${process.versions.node}. On Linux, npm ci brings it.`);
  process.exit(1);
}
if (!existsSync('src/viewer/page-html.ts')) await import('./page.ts');

const { startStack } = await import('../playground/stack.ts');
const port = Number(process.env.PORT ?? 4319);
console.log('starting page, Worker and Deno …');
let stack;
try {
  stack = await startStack({ port, withZone: process.argv.includes('--zone'), without: undefined });
} catch (error) {
  console.error(error.code === 'EADDRINUSE' ? `Port ${port} is in use: PORT=4320 npm start` : error);
  process.exit(1);
}
// With no page open yet there is something to see all the same: two of the three tiers.
await stack.callWorker();
console.log(`
  playground  ${stack.origin}/
  viewer      ${stack.origin}/#/traces

Open it and press "Call the Worker": page → Worker in workerd → Deno, one trace. Ctrl+C ends it.`);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void stack.close().then(() => process.exit(0)));
}
