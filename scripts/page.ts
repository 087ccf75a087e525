// Writes src/viewer/page-html.ts: the viewer's page as a module.
import { writeFileSync } from 'node:fs';
import { buildViewerPage, pageModule } from './viewer-page.ts';

const { html } = await buildViewerPage();
writeFileSync('src/viewer/page-html.ts', pageModule(html));
console.log(`viewer page: ${Buffer.byteLength(html)} bytes`);
