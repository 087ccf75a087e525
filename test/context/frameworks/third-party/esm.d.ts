export function viaDependency<T>(fn: () => T): Promise<T>;
export class RowReader<T> implements AsyncIterable<T> {
  constructor(rows: T[], seen: (where: string) => void);
  [Symbol.asyncIterator](): AsyncIterator<T>;
}
export class Query implements PromiseLike<unknown> {
  constructor(run: () => unknown);
  where(): this;
  // biome-ignore lint/suspicious/noThenProperty: the subject
  then: PromiseLike<unknown>['then'];
}
