import { expect, test } from 'vitest';
import { agentUpstream } from '../../../../src/proxy/upstream/agent.ts';
import { otlpUpstream } from '../../../../src/proxy/upstream/otlp.ts';
import { isLoopback, upstreamUrl } from '../../../../src/proxy/upstream/upstream-url.ts';
import { viewerUpstream } from '../../../../src/proxy/upstream/viewer.ts';

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
  ['https://intake.example/v1?key=secret', 'without query and fragment: current value is https://intake.example'],
  ['http://127.0.0.1:8126/#secret', 'without query and fragment: current value is http://127.0.0.1:8126'],
  ['http://127.0.0.1:8126/?', 'without query'],
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

test('a query where it is used as it is, a fragment nowhere', () => {
  const otlp = (url: string): string => upstreamUrl('create an upstream', '`url`', url, true, true).href;
  expect(otlp('https://intake.example/v1/traces?a=b')).toBe('https://intake.example/v1/traces?a=b');
  expect(() => otlp('https://intake.example/v1/traces#a')).toThrow('without fragment');
  for (const upstream of [agentUpstream, viewerUpstream])
    expect(() => upstream({ url: 'http://127.0.0.1:8126?a=b' })).toThrow('without query and fragment');
  expect(otlpUpstream({ url: 'http://127.0.0.1:4318/v1/traces?a=b' })).toBeTypeOf('function');
});

test('names of this machine', () => {
  expect(['localhost', 'a.localhost', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true);
  expect(['localhost.evil.example', '127.0.0.1.evil.example', '128.0.0.1', '0.0.0.0', '[::2]'].some(isLoopback)).toBe(false);
});
