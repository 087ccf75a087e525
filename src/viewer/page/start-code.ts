/** What to paste per runtime so that spans come here. */
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
      code: `EDGESPAN_INTAKE_URL=${intakeUrl} DD_SERVICE=orders \\
  deno run -A --preload npm:edgespan/deno/register main.ts`,
    },
    {
      title: 'Node, Bun',
      code: `import { register, intake } from 'edgespan/node'
register({
  service: 'orders',
  exporter: intake({ url: '${intakeUrl}' }),
})`,
    },
  ];
}
