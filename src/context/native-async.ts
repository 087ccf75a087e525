/**
 * Whether this module's async functions are native still. Under Zone.js they must not be: Zone.js cannot follow native `await`. True in a
 * page with Zone.js means that the build lowers nothing: `asyncContext({ mode: 'lower' })` of `edgespan/vite` is missing. Never throws.
 */
export function isAsyncNative(): boolean {
  return (async () => {}).constructor.name === 'AsyncFunction';
}
