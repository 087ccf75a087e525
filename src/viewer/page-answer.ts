import { pageHtml } from './page-html.ts';

/**
 * Answers with the page. Its script may run because its hash is known, no other one may; it may talk to its own host only, and be
 * embedded by this machine's pages only.
 */
export function createPageAnswer(html: string = pageHtml): () => Promise<Response> {
  let policy: string | undefined;
  return async () => {
    policy ??= await contentPolicy(html);
    return new Response(html, {
      headers: {
        'Content-Type': 'text/html;charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Security-Policy': policy,
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      },
    });
  };
}

/** @see https://www.w3.org/TR/CSP3/ */
async function contentPolicy(html: string): Promise<string> {
  const hashes: string[] = [];
  for (const [, script = ''] of html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script));
    hashes.push(`'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`);
  }
  // The syntax of a policy has no place for `[::1]`.
  const local = 'http://localhost:* http://127.0.0.1:*';
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ') || "'none'"}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    `connect-src 'self' ${local}`,
    `frame-ancestors 'self' ${local}`,
    `frame-src ${local}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
