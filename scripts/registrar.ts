/** One look of `mts webhook register`: registers, subscribes, and tells what it did; each look after the first, only news. */
import { putCallback, type Registered } from '../cloud/connector/client/callback.ts';
import { type Ensured, ensureCallback } from '../cloud/connector/client/ensure.ts';
import { type Callback, type Registration, shownUrl } from '../cloud/connector/client/registration.ts';
import type { Service } from '../cloud/connector/client/service.ts';
import { type Changed, changeRules } from '../cloud/connector/client/subscriptions.ts';
import type { Io } from './cli.ts';
import { printable } from './printable.ts';
import { added, BUTTON_PATH, ruleOf, ruleText } from './rule-words.ts';

export interface RegistrarWords {
  readonly ensure: boolean;
  readonly subscribe: boolean;
  readonly json: boolean;
}

/** The look, to be called once, or again and again until `io.stop`. With `json` its first success is one document. */
export function registrar(
  service: Service,
  wanted: Registration,
  { ensure, subscribe, json }: RegistrarWords,
  io: Pick<Io, 'out' | 'err' | 'now'>,
): () => Promise<void> {
  const button = ruleOf({ path: [BUTTON_PATH] });
  let echo: Callback | undefined;
  /** What the first document is to say, of this look or one that failed half way. */
  let registered: Registered | undefined;
  let [told, first] = [false, true];
  const tell = async (line: string): Promise<void> => {
    const text = told ? `${new Date(io.now()).toISOString()} ${line}\n` : `${line}\n`;
    if (json) io.err(text);
    else await io.out(text);
  };
  return async () => {
    const ensured = ensure ? await ensureCallback(service, wanted, echo) : await replace(service, wanted);
    echo = ensured.echo;
    registered = ensured.registered ?? registered;
    // Told before subscribing, which may fail.
    if (ensured.registered?.refused !== undefined) io.err(`mts: ${refusedText(ensured.registered.refused)}\n`);
    for (const line of registrationLines(wanted, ensured, told)) await tell(line);
    told = true;
    const subscribed = subscribe ? await changeRules(service, added(button)) : undefined;
    if (subscribed?.changed === true) await tell(`Subscribed to ${ruleText(button)}`);
    if (first && json) await io.out(`${JSON.stringify(documentOf(wanted, registered, subscribed))}\n`);
    first = false;
  };
}

async function replace(service: Service, wanted: Registration): Promise<Ensured> {
  return { found: 'missing', before: undefined, registered: await putCallback(service, wanted), echo: undefined };
}

function documentOf(
  { url, headers }: Registration,
  registered: Registered | undefined,
  subscribed: Changed | undefined,
): object {
  const { serialization = null, refused = null } = registered ?? {};
  return {
    registered: true,
    changed: registered !== undefined,
    url: shownUrl(url),
    headers: Object.keys(headers),
    // What was agreed to before is not told by every service.
    ...(registered === undefined ? {} : { serialization, refused }),
    ...(subscribed === undefined ? {} : { subscribed }),
  };
}

function registrationLines(wanted: Registration, { found, before, registered }: Ensured, told: boolean): string[] {
  const url = printable(shownUrl(wanted.url));
  const other = before === undefined ? '' : `${printable(shownUrl(before.url))} was registered there`;
  if (registered === undefined) return told ? [] : [`${url} is registered already`];
  if (told && found === 'missing') return [`Registered ${url} again: it was gone`];
  if (told) return [`Registered ${url} again: ${other}; does another program use this API key?`];
  return [`Registered ${url}`, ...(other === '' ? [] : [`  ${other} before`]), ...formatLines(wanted, registered)];
}

function formatLines({ headers }: Registration, { serialization }: Registered): string[] {
  const names = Object.keys(headers);
  const lines = names.length === 0 ? [] : [`  with ${names.join(', ')}`];
  if (serialization === undefined) return lines;
  return [...lines, `  events with uid and timestamp, at most ${serialization.max_chunk_size} in a message`];
}

function refusedText({ status, reason }: NonNullable<Registered['refused']>): string {
  const why = reason === '' ? String(status) : `${status}, ${reason}`;
  return (
    `the service took the webhook only without serialization (${why}): events come without uid and timestamp, ` +
    'and as many in a message as it likes'
  );
}
