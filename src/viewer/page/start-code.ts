/** What to paste per runtime so that spans come here: it makes a trace as it stands, but for the Worker, whose handler is the reader's. */
export function startCode(intakeUrl: string): { title: string; code: string }[] {
  return [
    {
      title: 'Browser',
      code: `import { register, intake, webInstrumentations } from 'edgespan/browser'
register({
  service: 'shop-web',
  exporter: intake({ url: '${intakeUrl}' }),
  instrumentations: webInstrumentations(),
})`,
    },
    {
      title: 'Worker',
      code: `import { instrument, intake } from 'edgespan/workers'
export default instrument(handler, (env) => ({
  service: 'api',
  exporter: intake({ url: '${intakeUrl}' }),
}))`,
    },
    {
      title: 'Deno',
      code: `// deno run --allow-net --allow-env main.ts
import { instrument, intake, register } from 'npm:edgespan/deno'
register({
  service: 'orders',
  exporter: intake({ url: '${intakeUrl}' }),
})
Deno.serve(instrument(() => new Response('hello')))`,
    },
    {
      title: 'Node, Bun',
      code: `import { intake, register, withSpan } from 'edgespan/node'
register({
  service: 'orders',
  exporter: intake({ url: '${intakeUrl}' }),
})
withSpan('start', () => {
  // what your app does; a fetch handler goes into instrument(handler)
})`,
    },
  ];
}
