import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPageAnswer } from '../../../src/viewer/page-answer.ts';

test('only the page’s own script may run, only this machine may embed it', async () => {
  const script = 'document.title = "ä";';
  const answer = await createPageAnswer(`<script type="module">${script}</script>`)();
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'self' http://localhost:*");
  expect((await createPageAnswer('no script')()).headers.get('content-security-policy')).toContain("script-src 'none'");
});
