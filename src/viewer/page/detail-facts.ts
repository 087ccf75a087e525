import type { ViewerSpan } from '../viewer-span.ts';

/** An exception as the detail shows it. */
export interface ExceptionFact {
  type: string;
  message: string;
  stack: string;
}

/** All exceptions of a span: its events of that name, else what the error tags say. */
export function exceptionsOf(span: ViewerSpan): ExceptionFact[] {
  const found = span.events
    .filter((event) => event.name === 'exception')
    .map(({ attributes }) => ({
      type: String(attributes['exception.type'] ?? ''),
      message: String(attributes['exception.message'] ?? ''),
      stack: String(attributes['exception.stacktrace'] ?? ''),
    }));
  if (found.length > 0) return found;
  const { meta } = span;
  const type = meta['error.type'] ?? '';
  const message = meta['error.message'] ?? meta['error.msg'] ?? '';
  return type || message || meta['error.stack'] ? [{ type, message, stack: meta['error.stack'] ?? '' }] : [];
}

/** The lines of a stack below its heading, each as function and place. */
export function stackLines(stack: string): { call: string; place: string }[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line, index) => line !== '' && (index > 0 || /^at |@/.test(line)))
    .map((line) => {
      const match = /^(.*?)\s*(\(.*\))$/.exec(line) ?? /^(at )(\S+:\d+:\d+)$/.exec(line) ?? /^([^@]*@)(.+)$/.exec(line);
      return match ? { call: match[1] ?? '', place: match[2] ?? '' } : { call: line, place: '' };
    });
}

/** Tags of the application, and apart from them those that Datadog or the tracer put there. */
export function tagsOf(span: ViewerSpan): { own: [string, string | number][]; wire: [string, string | number][] } {
  const own: [string, string | number][] = [];
  const wire: [string, string | number][] = [];
  const hidden = ['env', 'version', 'error.stack', 'error.message', 'error.msg'];
  for (const [key, value] of [...Object.entries(span.meta), ...Object.entries(span.metrics)]) {
    if (hidden.includes(key)) continue;
    (/^_|^(runtime-id|process_id|language)$/.test(key) ? wire : own).push([key, value]);
  }
  return { own, wire };
}

/** Values of the wire as text: numbers and lists as JSON writes them, text as it is. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
