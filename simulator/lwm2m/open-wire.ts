/** The wire of a transport: real sockets. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Lwm2mOptions } from './options.ts';
import type { ServerAddress } from './server-address.ts';
import type { Wire } from './wire.ts';

/** OutsideError SERVER if the server's name has no address. */
export async function openWire(
  server: ServerAddress,
  { credentialsOf }: Pick<Lwm2mOptions, 'credentialsOf'>,
): Promise<Wire> {
  if (server.transport === 'udp') return (await import('./udp.ts')).udpWire(server);
  if (server.transport === 'tcp') return (await import('./tcp.ts')).tcpWire(server);
  if (credentialsOf === undefined) throw new UsageError('boards need certificates for TLS', 'Give --credentials.');
  return (await import('./tls.ts')).tlsWire({ ...server, credentialsOf });
}
