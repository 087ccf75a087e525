import { expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { token } from '../../../src/cli/token.ts';
import { hmacTokens } from '../../../src/proxy/token.ts';
import { batch } from '../proxy/upstream/served.ts';
import { keptShell } from './shells.ts';

const texts = {
  senderLines: () => [],
  proxyHelp: '',
  propagatorHeaders: () => undefined,
  propagatorNames: [],
  pagePropagators: [],
  propagatorVariables: [],
};

test('a key that is printed mints a token that the proxy takes', async () => {
  const maker = keptShell();
  expect(await main(['token', '--new-key', 'k1'], texts, maker)).toBe(0);
  const [key] = maker.lines as [string];
  const shell = keptShell({ EDGESPAN_TOKEN_KEYS: key });
  expect(await main(['token', '--origin', 'https://shop.example', '--service', 'shop', '--lifetime', '60'], texts, shell)).toBe(0);
  const request = new Request('http://proxy.test/t', { headers: { Origin: 'https://shop.example' } });
  expect(shell.lines).toHaveLength(1);
  expect(await main(['token', '--server', '--service-version', '1.4.0'], texts, shell)).toBe(0);
  const server = new Request('http://proxy.test/t');
  expect(await hmacTokens({ keys: key })(server, { ...batch().line, version: '', token: shell.lines[1] })).toMatchObject({
    version: '1.4.0',
  });
  expect(await main(['token', '--origin', 'https://shop.example/'], texts, shell)).toBe(2);
  expect(await hmacTokens({ keys: key })(request, { ...batch().line, token: shell.lines[0] })).toMatchObject({ service: 'shop' });
});

test('what is missing or wrong is said', async () => {
  const withoutKeys = keptShell();
  expect(await token({ origin: 'https://shop.example' }, withoutKeys)).toBe(2);
  expect(withoutKeys.errors.join()).toContain('--new-key');
  const [key] = await (async () => {
    const maker = keptShell();
    await token({ newKey: 'k1' }, maker);
    return maker.lines;
  })();
  const withoutOrigin = keptShell({ EDGESPAN_TOKEN_KEYS: key! });
  expect(await token({}, withoutOrigin)).toBe(2);
  expect(withoutOrigin.errors.join()).toContain('--origin');
  for (const option of ['--service', '--env', '--service-version', '--sub', '--origin'])
    expect(await main(['token', '--server', option, ''], texts, withoutOrigin), option).toBe(2);
  expect(withoutOrigin.lines).toEqual([]);
  expect(await main(['token', '--server', '--lifetime', '99999999'], texts, withoutOrigin)).toBe(2);
  expect(await main(['token', '--new-key', 'a b'], texts, withoutOrigin)).toBe(2);
});
