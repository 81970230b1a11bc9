/**
 * Topics to publish on, and filters to subscribe to (MQTT 3.1.1 and MQTT 5, section 4.7). Pure.
 *
 *   mbed/{endpoint}/notifications     a template: where a board's messages go
 *   mbed/+/notifications              the filter for those of all boards
 */
import { UsageError } from '../errors.ts';

export const TOPIC_TEMPLATE = 'mbed/{endpoint}/notifications';
export const TOPIC_FILTER = 'mbed/+/notifications';

const ENDPOINT = '{endpoint}';

/** Bytes of a topic (section 4.7.3). */
const MOST_BYTES = 65_535;
/** AWS IoT Core's: https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits */
export const AWS_TOPIC = { bytes: 256, slashes: 7 } as const;

/** UsageError for what is no filter. `aws`: for AWS IoT Core. */
export function checkFilter(filter: string, { aws }: { readonly aws: boolean }): void {
  const problem = filterProblem(filter) ?? (aws ? awsProblem(filter) : undefined);
  if (problem !== undefined) throw new UsageError(`--topic ${problem}`, `Write it like '${TOPIC_FILTER}'.`);
}

function filterProblem(filter: string): string | undefined {
  const common = textProblem(filter);
  if (common !== undefined) return common;
  const shared = /^\$share\/([^/]*)\/(.*)$/s.exec(filter);
  if (shared !== null && (shared[1] === '' || /[+#]/.test(shared[1]!))) return 'names no group after $share/';
  const own = shared?.[2] ?? filter;
  if (own === '') return 'is empty';
  if (own.startsWith('$')) return "begins with $, which is the broker's own";
  const levels = own.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index < levels.length - 1))
      return 'has a # that is not its last level';
    if (level.includes('+') && level !== '+') return 'has a + that is not a whole level';
  }
  return undefined;
}

/** UsageError for a template on which nothing can be published. */
export function checkTemplate(template: string, { aws }: { readonly aws: boolean }): void {
  const problem =
    textProblem(template) ??
    (/[+#]/.test(template) ? 'has a + or #, which are for subscribing' : undefined) ??
    (template.startsWith('$') ? "begins with $, which is the broker's own" : undefined) ??
    (aws ? awsProblem(template) : undefined);
  if (problem !== undefined) throw new UsageError(`the topic ${problem}`, `Write it like ${TOPIC_TEMPLATE}.`);
}

function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return 'has characters that a topic cannot have';
  return utf8Length(text) > MOST_BYTES ? `has more than ${MOST_BYTES} bytes` : undefined;
}

function awsProblem(topic: string): string | undefined {
  if (utf8Length(topic) > AWS_TOPIC.bytes) return `has more than the ${AWS_TOPIC.bytes} bytes of AWS IoT Core`;
  const slashes = topic.replace(/^\$share\/[^/]*\//, '').split('/').length - 1;
  return slashes > AWS_TOPIC.slashes ? `has more than the ${AWS_TOPIC.slashes} slashes of AWS IoT Core` : undefined;
}

/**
 * Where a board's messages go. What a topic cannot have of its name, or could take for something else, is
 * percent-encoded; a name that is too long for `mostBytes` is cut short: the message says whose it is.
 */
export function topicFor(template: string, endpoint: string, mostBytes = MOST_BYTES): string {
  const [before, ...after] = template.split(ENDPOINT);
  if (after.length === 0) return template;
  const room = Math.max(0, mostBytes - utf8Length(template) + after.length * ENDPOINT.length);
  const name = shortened(topicName(endpoint), Math.floor(room / after.length));
  return [before, ...after].join(name);
}

/** A name as one level of a topic. */
function topicName(endpoint: string): string {
  const encode = (character: string): string => encodeURIComponent(character).replace('$', '%24');
  return endpoint.toWellFormed().replaceAll(/[+#/%$\p{Cc}]/gu, encode);
}

/** Ends before a character or an escape that would be cut in two. */
function shortened(name: string, mostBytes: number): string {
  if (utf8Length(name) <= mostBytes) return name;
  let [kept, bytes] = ['', 0];
  for (const [part] of name.matchAll(/%[0-9A-F]{2}|./gsu)) {
    bytes += utf8Length(part);
    if (bytes > mostBytes) break;
    kept += part;
  }
  return kept;
}

/** A topic that the filter matches: `level` in the place of each wildcard. */
export function topicIn(filter: string, level: string): string {
  return filter.replace(/^\$share\/[^/]*\//, '').replaceAll(/[+#]/g, level);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
