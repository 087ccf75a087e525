// node service.cjs: a service under dd-trace, which instruments `node:http` on both sides. `/call?next=<url>` calls on. Prints its port.
// CommonJS, as dd-trace patches what is required after it.
require('dd-trace').init({ flushInterval: 100 });
const { createServer, get } = require('node:http');

const server = createServer((request, response) => {
  const next = new URL(request.url, 'http://service').searchParams.get('next');
  if (!next) return response.end('end');
  get(next, (answer) => {
    response.statusCode = answer.statusCode;
    answer.pipe(response);
  }).on('error', (error) => {
    response.statusCode = 502;
    response.end(error.message);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
