/** Where boards find their LwM2M server, from an address like coap://127.0.0.1:5683. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { ClientTransport } from '../client/events.ts';
import type { Via } from '../vias.ts';
import type { WireAddress } from './wire.ts';

export interface ServerAddress extends WireAddress {
  readonly transport: ClientTransport;
}

type Lwm2mVia = Extract<Via, `lwm2m+${string}`>;

/** RFC 7252 §12.7 and §12.8; plain TCP has no port of its own. */
const WAYS: Readonly<
  Record<Lwm2mVia, { readonly scheme: string; readonly transport: ClientTransport; readonly port: number }>
> = {
  'lwm2m+udp': { scheme: 'coap:', transport: 'udp', port: 5_683 },
  'lwm2m+tls': { scheme: 'coaps:', transport: 'tls', port: 5_684 },
  'lwm2m+tcp': { scheme: 'coap+tcp:', transport: 'tcp', port: 5_683 },
};

/** UsageError if it is none of that way. */
export function serverAddress(via: Lwm2mVia, text: string): ServerAddress {
  const { scheme, transport, port } = WAYS[via];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== scheme || url.hostname === '' || (url.pathname !== '' && url.pathname !== '/')) {
    throw new UsageError(`${text} is no server for --via ${via}`, `Write it like ${scheme}//127.0.0.1:${port}.`);
  }
  return { transport, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? port : Number(url.port) };
}
