import fc from 'fast-check';
import { after, alnum, base64url, digits, hex, lower, word } from './alphabets.ts';

/** Texts of spans that hold no secret. */
export const clean: Record<string, fc.Arbitrary<string>> = {
  uuid: fc.uuid(),
  'trace id': word(hex, 32),
  nanoseconds: after('17', word(digits, 17)),
  milliseconds: after('17', word(digits, 11)),
  date: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  path: fc.array(word(lower, 1, 10), { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  url: fc.webUrl(),
  package: fc.tuple(word(lower, 3, 10), word(lower, 3, 10), fc.nat(20), fc.nat(20)).map(([a, b, c, d]) => `@${a}/${b}@${c}.${d}.0`),
  version: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(9999)).map((parts) => parts.join('.')),
  sql: word(lower, 3, 10).map((name) => `SELECT id, ${name} FROM ${name}s WHERE ${name} = $1 LIMIT 10`),
  sentence: fc
    .array(
      fc.constantFrom('the', 'token', 'bucket', 'basic', 'session', 'of', 'secret', 'service', 'password', 'reset', 'key', 'is', 'valid'),
      { minLength: 3, maxLength: 9 },
    )
    .map((words) => words.join(' ')),
  stack: word(lower, 3, 10).map(
    (name) => `TypeError: ${name} is not a function\n    at ${name} (https://shop.example/assets/${name}-1a2b3c.js:10:1523)`,
  ),
  'user agent': fc
    .nat(200)
    .map((major) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`),
  selector: word(lower, 3, 10).map((name) => `#${name} > .${name}-item:nth-child(2)`),
  phone: word(digits, 9).map((rest) => `+49 ${rest.slice(0, 3)} ${rest.slice(3)}`),
  'class name': fc
    .array(fc.constantFrom('Order', 'Service', 'Handler', 'V2', 'Http2', 'Client', 'Factory'), { minLength: 4, maxLength: 9 })
    .map((parts) => parts.join('')),
  'order number': word(digits, 8, 12),
  // What spans hold besides.
  'UUID in text': fc.uuid().map((id) => `order ${id} was paid`),
  'git SHA': word(hex, 40),
  'image tag': fc.tuple(fc.constantFrom('api', 'prod', 'main', 'test', 'web'), word(hex, 40)).map(([name, sha]) => `${name}-${sha}`),
  'image digest': word(hex, 64).map((sha) => `registry.example/shop/api:1.4.2@sha256:${sha}`),
  traceparent: fc.tuple(word(hex, 32), word(hex, 16)).map(([trace, span]) => `00-${trace}-${span}-01`),
  'hashed asset': fc
    .tuple(fc.constantFrom('app', 'vendor', 'chunk-vendors', 'runtime~main'), word(hex, 8, 20), fc.constantFrom('js', 'css', 'woff2'))
    .map(([name, hash, end]) => `/assets/${name}.${hash}.${end}`),
  'hashed asset of another bundler': fc
    .tuple(fc.constantFrom('index', 'Checkout'), word(base64url, 8))
    .map(([name, hash]) => `${name}-${hash}.js`),
  'image in base64': word(`${alnum}+/`, 60, 400).map((data) => `data:image/png;base64,iVBORw0KGgo${data}==`),
  'CSS module': fc.tuple(word(lower, 3, 8), word(alnum, 5)).map(([name, hash]) => `Button_${name}__${hash} Card-module--${name}--${hash}`),
  'Kubernetes pod': fc
    .tuple(
      fc.constantFrom('api', 'checkout-web', 'auth-service', 'token-service', 'session-store'),
      word('bcdf0123456789', 8, 10),
      word('bcdfghjklmnpqrstvwxz2456789', 5),
    )
    .map((parts) => parts.join('-')),
  ULID: word('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24).map((rest) => `01${rest}`),
  KSUID: word(alnum, 27),
  nanoid: word(base64url, 21),
  'id of a payment service': fc
    .tuple(fc.constantFrom('pi', 'cus', 'ch', 'evt', 'req', 'in', 'sub'), word(alnum, 14, 24))
    .map((parts) => parts.join('_')),
  'id with its type': fc
    .tuple(fc.constantFrom('user', 'order', 'session', 'msg'), word('0123456789abcdefghjkmnpqrstvwxyz', 26))
    .map((parts) => parts.join('_')),
  'cloud resource': fc.tuple(fc.constantFrom('i', 'vpc', 'subnet', 'sg', 'snap'), word(hex, 17)).map((parts) => parts.join('-')),
  ARN: word(digits, 12).map((account) => `arn:aws:sqs:eu-central-1:${account}:orders-dead-letter.fifo`),
  'S3 key': fc
    .tuple(fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2030-01-01') }), fc.uuid())
    .map(([date, id]) => `s3://shop-exports/year=${date.getUTCFullYear()}/month=${date.getUTCMonth() + 1}/part-00000-${id}.snappy.parquet`),
  'SQL with values': fc
    .tuple(word(lower, 3, 10), word(digits, 1, 8))
    .map(([name, id]) => `UPDATE ${name} SET count = count + 1, state = 'paid' WHERE id = ${id} AND at >= '2026-11-24 07:22:59'`),
  'long path': fc
    .array(word(`${lower}-_`, 2, 14), { minLength: 5, maxLength: 12 })
    .map((parts) => `/srv/app/node_modules/${parts.join('/')}/index.test.ts:10:15`),
  'stack of Firefox': fc
    .tuple(word(lower, 3, 10), word(hex, 8))
    .map(([name, hash]) => `${name}@https://shop.example/assets/app.${hash}.js:1:20345\nasync*run@https://shop.example/a.js:2:3`),
  'stack of Python': word(lower, 3, 10).map(
    (name) => `Traceback (most recent call last):\n  File "/app/${name}.py", line 10, in handle_${name}\nKeyError: '${name}_id'`,
  ),
  'user agent of a phone': fc
    .nat(20)
    .map(
      (version) =>
        `Mozilla/5.0 (iPhone; CPU iPhone OS ${version}_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version}.2 Mobile/15E148 Safari/604.1`,
    ),
  'GraphQL operation': fc
    .tuple(fc.constantFrom('query', 'mutation'), word(lower, 3, 10))
    .map(([kind, name]) => `${kind} Get${name}ByCustomerIdAndRegion($first: Int!, $after: String)`),
  'Datadog tags': fc
    .tuple(word(lower, 3, 8), fc.nat(99), word(hex, 12))
    .map(
      ([name, minor, host]) =>
        `env:prod,service:${name}-web,version:1.${minor}.0,host:ip-10-0-${minor}-7,container_id:${host},git.commit.sha:${host}`,
    ),
  specifier: fc
    .tuple(word(lower, 3, 10), fc.nat(20), fc.nat(20))
    .map(([name, major, minor]) => `npm:${name}@${major}.${minor}.0 jsr:@std/${name}@1.${minor}.3 pkg:npm/${name}@${major}.0.1`),
  'names of secrets, and none': fc.constantFrom(
    'token: null',
    'password: undefined',
    'secret = false',
    'tokens=512',
    'max_tokens: 4096',
    'token_type: bearer',
    'Unexpected token } in JSON at position 7',
    'api_keys.list',
    'GET /api/tokens/:id',
    'POST /auth/callback',
    'GET /password/reset',
    'DELETE /v1/api-keys/list',
    'key: orders-2024-export',
    '{"key":"cart","count":3}',
    'cache.key=product:42:de',
    'PRIMARY KEY (id)',
    'author: anna',
  ),
  'path with an id': fc
    .tuple(fc.constantFrom('users', 'sessions', 'tokens', 'keys', 'orders'), fc.uuid())
    .map(([name, id]) => `/api/${name}/${id}`),
  'route behind #': word(digits, 1, 6).map((id) => `#/orders/${id}/items`),
  'media types': fc.constantFrom(
    'text/html;charset=utf-8',
    'application/json;q=0.9, */*;q=0.8',
    'multipart/form-data; boundary=----x',
    'image/avif,image/webp',
  ),
  'host and port': fc
    .tuple(word(lower, 3, 8), fc.integer({ min: 1, max: 65_535 }))
    .map(([name, port]) => `connect ECONNREFUSED ${name}.internal:${port}`),
  'entity tag': word(hex, 32).map((hash) => `W/"${hash}"`),
  'numbers in groups': fc.array(word(digits, 3), { minLength: 4, maxLength: 6 }).map((parts) => parts.join(' ')),
  camelCase: fc
    .array(fc.constantFrom('Order', 'Payment', 'Token', 'Session', 'Key', 'Handler'), { minLength: 3, maxLength: 5 })
    .map((parts) => `get${parts.join('')}`),
  'image for a fine display': word(lower, 3, 10).map((name) => `https://shop.example/img/${name}@2x.png`),
  'package in an address': fc.tuple(word(lower, 3, 10), word(lower, 3, 10)).map(([scope, name]) => `/npm/%40${scope}%2F${name}`),
  'route of an Agent': fc.tuple(word(lower, 3, 10), word(lower, 3, 10)).map(([name, other]) => `GET /${name}/?/${other}/?`),
};
