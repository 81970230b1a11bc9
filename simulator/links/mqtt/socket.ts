/** The connection below MQTT: TCP, or TLS with what the boards show of themselves. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import type { Address } from './address.ts';
import type { Credentials, MqttOptions } from './options.ts';

/** Port 443 of AWS IoT Core tells MQTT from HTTPS by it; without certificates a custom authoriser decides. */
const AWS_ALPN_PORT = 443;
const ALPN_WITH_CERTIFICATE = 'x-amzn-mqtt-ca';
const ALPN_WITH_LOGIN = 'mqtt';

/** Opens a socket for the board of this name; what goes wrong afterwards is an event of the socket. */
export type OpenSocket = (endpoint: string) => Promise<() => Socket>;

/**
 * Rejects with UsageError for certificates or a key that are none, or with whatever `credentials` rejects with. One
 * context is kept for all boards that show the same.
 */
export function socketOpener(address: Address, { ca, credentials }: MqttOptions): OpenSocket {
  if (!address.secure) return async () => () => connectTcp({ host: address.host, port: address.port, noDelay: true });
  const contextOf = (own?: Credentials): SecureContext => {
    try {
      return createSecureContext({ ...(ca === undefined ? {} : { ca }), ...own });
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? 'not PEM';
      throw new UsageError(`the certificates or their key cannot be used (${reason})`, 'Give PEM files that fit.', {
        cause,
      });
    }
  };
  const each = typeof credentials === 'function' ? credentials : undefined;
  const shared = each === undefined ? contextOf(credentials as Credentials | undefined) : undefined;
  const tls = tlsOptions(address, credentials !== undefined);
  return async (endpoint) => {
    const secureContext = shared ?? contextOf(await each?.(endpoint));
    return () => connectTls({ ...tls, secureContext }).setNoDelay();
  };
}

/**
 * What is asked for of TLS: by name with SNI, and on AWS's port for all, by protocol.
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#protocol-port-mapping
 */
export function tlsOptions(
  { host, port, aws }: Pick<Address, 'host' | 'port' | 'aws'>,
  withCertificate: boolean,
): { readonly host: string; readonly port: number; readonly servername?: string; readonly ALPNProtocols?: string[] } {
  const protocol = withCertificate ? ALPN_WITH_CERTIFICATE : ALPN_WITH_LOGIN;
  return {
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(aws && port === AWS_ALPN_PORT ? { ALPNProtocols: [protocol] } : {}),
  };
}
