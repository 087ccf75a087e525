import Bowser from 'bowser';
import { createRecent } from './recent.ts';

/**
 * Tags by the semantic conventions of OpenTelemetry from a `User-Agent` header: `user_agent.original` and, as far as the header gives them
 * away, `user_agent.name`, `.version`, `.os.name`, `.os.version`.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/user-agent/
 */
export type ReadUserAgent = (header: string) => Readonly<Record<string, string>>;

/** What is read of a header, and kept of a name or version. */
const maxHeaderLength = 500;
const maxPartLength = 100;
/** Different headers remembered: a site's visitors have few, and whoever makes them up gains nothing. */
const maxHeaders = 500;

/** Reads headers, each once while it is remembered. What it gives never throws, and takes a time that grows with the header's length. */
export function createUserAgentReader(): ReadUserAgent {
  const known = createRecent<Readonly<Record<string, string>>>(maxHeaders);
  return (header) => {
    const text = header.slice(0, maxHeaderLength);
    const tags = known.get(text) ?? read(text);
    known.set(text, tags);
    return tags;
  };
}

function read(text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  const add = (name: string, value: string | undefined): void => {
    if (value) tags[name] = value.slice(0, maxPartLength);
  };
  try {
    const parser = Bowser.getParser(text, true);
    const browser = parser.getBrowser();
    const os = parser.getOS();
    add('user_agent.name', browser.name);
    add('user_agent.version', browser.version);
    add('user_agent.os.name', os.name);
    // Windows says `NT 10.0`, people say 10; elsewhere the second name is a nickname.
    add('user_agent.os.version', os.name === 'Windows' ? (os.versionName ?? os.version) : os.version);
  } catch {
    // Empty, or nothing that the library knows.
  }
  return text === '' ? tags : { 'user_agent.original': text, ...tags };
}
