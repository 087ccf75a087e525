import { cutText } from '../trace/cut-text.ts';
import { maxNameBytes } from '../trace/limits.ts';

/**
 * Operation names and tag values as the Agent makes them, so that it changes nothing later and a page shows what Datadog will show.
 * Each result is left alone by the Agent's own functions.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/traceutil/normalize/normalize.go
 */

/** Letters, digits, single `_` and `.`, at most 100 bytes, a letter first; `unnamed_operation` where nothing is left. */
export function normalName(name: string): string {
  const cut = cutText(name, maxNameBytes).replace(/^[^a-z]+/i, '');
  // the Agent leaves `a._b` as it is where nothing else is wrong
  const isValid = /^(?:[a-z\d.]|_(?![._]))*$/i.test(cut);
  const valid = isValid ? cut : cut.replace(/[^a-z\d.]+/gi, '_').replace(/_?\._*/g, '.');
  return valid.replace(/_$/, '') || 'unnamed_operation';
}

/** Lower case; what is neither letter, digit nor `.`, `/`, `-`, `:` is one `_`, none at the end. May be empty. */
export function normalTag(value: string, maxBytes: number): string {
  const cut = cutText(value, maxBytes);
  if (/^[a-z\d:./-]+(?:_[a-z\d:./-]+)*$/.test(cut)) return cut;
  return cutText(cut.toLowerCase(), maxBytes)
    .replace(/[^\p{L}\p{Nd}:./-]+/gu, '_')
    .replace(/_$/, '');
}

/** The service, or the name the Agent gives where there is none. */
export function normalService(service: string): string {
  return normalTag(service, maxNameBytes) || 'unnamed-javascript-service';
}
