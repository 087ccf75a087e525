// The application's part, built on its own with the plugin: it has a run-time of its own.
declare global {
  var inLate: (name: string, fn: () => unknown) => unknown;
  var activeLate: () => unknown;
  var lateChunk: { start(): Promise<unknown[]>; first: Promise<void> };
}

const first = (async () => {
  await null;
})();

globalThis.lateChunk = {
  first,
  start: async () =>
    (await inLate('A', async () => {
      const seen: unknown[] = [];
      await fetch('/data.json');
      seen.push(activeLate());
      await new Promise<void>((resolve) => setTimeout(() => (seen.push(activeLate()), resolve()), 1));
      seen.push(activeLate());
      return seen;
    })) as unknown[],
};

export {};
