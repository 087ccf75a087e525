import type { TraceState } from '@opentelemetry/api';

/** Members of a list. W3C Trace Context level 2 §3.3.1.3.1. */
const maxMembers = 32;
/** Characters that everybody must be able to propagate; we send no more. §3.3.1.5. */
const maxLength = 512;
/** Members above this go first when the list is too long. §3.3.1.5. */
const largeMember = 128;
/** 32 members of the longest key and value with their commas: longer headers are not looked at. */
const maxInputLength = 16_447;
/** Key (simple, or tenant and system), `=`, value without trailing space. §3.3.1.3.2. */
const memberFormat = /^(?:[a-z\d][a-z\d_*/-]{0,255}|[a-z\d][a-z\d_*/-]{0,240}@[a-z\d][a-z\d_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/**
 * Reads `tracestate`. Empty members and white space around members are skipped, of two members with one key the first stays. A member
 * that breaks the syntax, or a 33rd one, makes the whole list empty. Never throws.
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export function parseTraceState(text: string): TraceState {
  const members: string[] = [];
  if (text.length <= maxInputLength) {
    for (const part of text.split(',')) {
      const member = part.trim();
      if (member === '') continue;
      if (!memberFormat.test(member) || members.length > maxMembers) return createTraceState([]);
      const start = member.slice(0, member.indexOf('=') + 1);
      if (!members.some((other) => other.startsWith(start))) members.push(member);
    }
  }
  return createTraceState(members.length > maxMembers ? [] : members);
}

/** The API's `TraceState` over members `key=value`. `set` with an illegal key or value changes nothing. */
function createTraceState(members: readonly string[]): TraceState {
  const without = (key: string): string[] => members.filter((member) => !member.startsWith(`${key}=`));
  return {
    set: (key, value) => createTraceState(memberFormat.test(`${key}=${value}`) ? [`${key}=${value}`, ...without(key)] : members),
    unset: (key) => createTraceState(without(key)),
    get: (key) => members.find((member) => member.startsWith(`${key}=`))?.slice(key.length + 1),
    serialize: () => fitTraceState(members),
  };
}

/** Prints members, dropping from the right, large ones first, until count and length hold. Ours stays. */
export function fitTraceState(members: readonly string[]): string {
  const kept = members.slice(0, maxMembers);
  for (const above of [largeMember, 0]) {
    for (let at = kept.length; at-- && kept.join().length > maxLength; ) {
      if (kept[at]!.length > above && !kept[at]!.startsWith('dd=')) kept.splice(at, 1);
    }
  }
  return kept.join();
}
