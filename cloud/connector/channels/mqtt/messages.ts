/**
 * A batch as messages: of one endpoint each, in the order of its events, as large as a broker takes. The same batch is the
 * same bytes. Pure.
 */
import { encodeNotification } from '../../../protocol/notification/encode.ts';
import type { Dialect } from '../../../protocol/notification/message.ts';
import { type ConnectorEvent, toMessage } from '../../events/event.ts';

export interface EndpointMessages {
  readonly endpoint: string;
  readonly payloads: readonly Uint8Array[];
  /** Events that are too large for a message of their own. */
  readonly tooLarge: number;
}

/** What is of no endpoint: outcomes of requests. */
const NOBODY = '-';

export function messagesOf(
  events: readonly ConnectorEvent[],
  { dialect, mostBytes }: { readonly dialect: Dialect; readonly mostBytes: number },
): EndpointMessages[] {
  const byEndpoint = Map.groupBy(events, ({ data }) => ('ep' in data ? data.ep : NOBODY));
  return [...byEndpoint].map(([endpoint, own]) => {
    const encoded = fitting(own, dialect, mostBytes);
    const payloads = encoded.filter((one) => one !== undefined);
    return { endpoint, payloads, tooLarge: encoded.length - payloads.length };
  });
}

/** Halves what does not fit; undefined stands for a single event that does not. */
function fitting(
  events: readonly ConnectorEvent[],
  dialect: Dialect,
  mostBytes: number,
): readonly (Uint8Array | undefined)[] {
  const payload = new TextEncoder().encode(encodeNotification(toMessage(events), dialect));
  if (payload.byteLength <= mostBytes) return [payload];
  if (events.length === 1) return [undefined];
  const middle = Math.ceil(events.length / 2);
  return [
    ...fitting(events.slice(0, middle), dialect, mostBytes),
    ...fitting(events.slice(middle), dialect, mostBytes),
  ];
}
