import type { HostName } from '../../campaign/proxy/serve.ts';
import type { FuzzInput } from './inputs.ts';

/** A difference that the host's HTTP stack forces, before the proxy has any say. */
interface Forced {
  readonly why: string;
  readonly host: HostName;
  /** The input as the proxy there gets it, undefined where nothing is changed: the answer must be the one to that. */
  readonly change: (input: FuzzInput) => FuzzInput | undefined;
}

/** The closed list. What is heard otherwise than in this process and not for one of these reasons is a finding. */
const forced: readonly Forced[] = [
  {
    why: 'workerd hands over no header that it knows and that has no value',
    host: 'workerd',
    change: (input) =>
      withoutHeaders(input, (name, value) => value === '' && ['origin', 'content-encoding', 'content-type'].includes(name)),
  },
];

/** Inputs that have no answer to compare: the client takes part in what comes back. */
export function notComparable(input: FuzzInput): string | undefined {
  if (input.delivery === 'torn') return 'torn off: the sender is gone before an answer';
  if (input.headers.has('content-length')) return 'Content-Length changed: over HTTP it decides where the body ends';
  return undefined;
}

/** Why a host may answer otherwise, and the input that its answer is to. */
export function forcedChange(host: HostName, input: FuzzInput): { readonly why: string; readonly input: FuzzInput } | undefined {
  for (const each of forced) {
    const changed = each.host === host ? each.change(input) : undefined;
    if (changed !== undefined) return { why: each.why, input: changed };
  }
  return undefined;
}

function withoutHeaders(input: FuzzInput, isDropped: (name: string, value: string) => boolean): FuzzInput | undefined {
  const dropped = [...input.headers].filter(([name, value]) => isDropped(name, value));
  if (dropped.length === 0) return undefined;
  const headers = new Headers(input.headers);
  for (const [name] of dropped) headers.delete(name);
  return { ...input, headers };
}
