/** Where the broker is, out of its URL; and whether it is AWS IoT Core, which has rules of its own. */
import { UsageError } from '../../../cloud/protocol/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Over TLS. */
  readonly secure: boolean;
  /** AWS IoT Core, in any region. */
  readonly aws: boolean;
  /** For people; holds no secret. */
  readonly text: string;
}

/** Ports that IANA gave to MQTT, without and with TLS. */
const PLAIN_PORT = 1883;
const TLS_PORT = 8883;

/** `…-ats.iot.eu-west-1.amazonaws.com`: https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
const AWS_HOST = /\.iot(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/i;

/** Reads `mqtt://host:port` or `mqtts://host:port`. UsageError, which repeats no password, for anything else. */
export function parseAddress(url: string): Address {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  const secure = target?.protocol === 'mqtts:';
  if (target === undefined || !(secure || target.protocol === 'mqtt:') || target.hostname === '') {
    const told = target === undefined ? 'that' : `${target.protocol}//${target.host}`;
    throw new UsageError(`${told} is no broker's address`, 'Write it like mqtt://127.0.0.1:1883 or mqtts://host.');
  }
  if (target.username !== '' || target.password !== '') {
    throw new UsageError(
      `the address of ${target.host} holds a user or a password`,
      'Leave them out, and give them in a file of their own.',
    );
  }
  if (!/^\/?$/.test(target.pathname) || target.search !== '' || target.hash !== '') {
    throw new UsageError(
      `the address of ${target.host} goes on after the port`,
      'Leave that out: the topic is always mbed/{endpoint}/notifications.',
    );
  }
  const port = target.port === '' ? (secure ? TLS_PORT : PLAIN_PORT) : Number(target.port);
  // Node.js wants an IPv6 address without its brackets.
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const text = `${target.protocol}//${target.hostname}:${port}`;
  return { host, port, secure, aws: AWS_HOST.test(host), text };
}
