import { expect, test } from 'vitest';
import { isLoopback, upstreamUrl } from '../../../../src/proxy/upstream/upstream-url.ts';

const check = (url: unknown, isSecret = false): string => upstreamUrl('create an upstream', '`url`', url, isSecret).href;

test.each([
  'https://intake.example/v1',
  'http://127.0.0.1:8126',
  'http://localhost',
  'http://[::1]:8126',
  'http://agent:8126',
  'http://10.0.0.7',
  'http://192.168.1.2',
  'http://172.20.0.2',
  'http://agent.default.svc.cluster.local',
])('%s is taken', (url) => {
  expect(check(url)).toContain(new URL(url).host);
});

test.each([
  ['http://intake.example', 'https, or http in a private network: current value is http://intake.example'],
  ['http://172.32.0.1', 'private network'],
  ['http://10.evil.example', 'private network'],
  ['http://127.0.0.1.evil.example', 'private network'],
  ['https://user:secret@intake.example', 'without user name and password: current value is https://intake.example'],
  ['unix:///var/run/apm.socket', 'Unix sockets'],
  ['ftp://intake.example', 'http or https: current value is ftp:'],
  ['/t', 'an absolute URL: current value is no URL'],
  [undefined, 'an absolute URL: current value is undefined'],
])('%s is refused', (url, message) => {
  expect(() => check(url)).toThrow(message);
  expect(() => check(url)).not.toThrow('secret');
});

test('where a key travels, http goes to this machine only', () => {
  expect(() => check('http://agent:8126', true)).toThrow('https, or http on this machine');
  expect(check('http://127.0.0.1:1', true)).toBe('http://127.0.0.1:1/');
});

test('names of this machine', () => {
  expect(['localhost', 'a.localhost', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true);
  expect(['localhost.evil.example', '127.0.0.1.evil.example', '128.0.0.1', '0.0.0.0', '[::2]'].some(isLoopback)).toBe(false);
});
