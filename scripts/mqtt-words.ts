/** The options that say how boards, or this program, speak to an MQTT broker, and the files that they name. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { InferredOptionTypes } from 'yargs';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';
import { type Credentials, type MqttOptions, QOS } from '../simulator/links/mqtt/options.ts';
import { readLogin } from './login-file.ts';
import { choice } from './words.ts';

/** In the name of a file, where the board's endpoint name goes. */
const ENDPOINT = '{endpoint}';

export const mqttOptions = {
  qos: { type: 'string', describe: 'MQTT quality of service: 0 (may lose), 1 (the default; may repeat) or 2' },
  ca: { type: 'string', describe: 'PEM file with the certificate of who vouches for the broker' },
  cert: { type: 'string', describe: `PEM file with the boards' certificate; ${ENDPOINT} in it: each board its own` },
  key: { type: 'string', describe: `PEM file with its private key; ${ENDPOINT} as in --cert` },
  'mqtt-auth-file': { type: 'string', describe: 'File with what boards log in with, one line `user:password`' },
} as const;

type MqttWords = Partial<InferredOptionTypes<typeof mqttOptions>>;

/** For a connection of this program's own. */
export const brokerOptions = {
  ca: mqttOptions.ca,
  cert: { type: 'string', describe: 'PEM file with the certificate to show to the broker' },
  key: { type: 'string', describe: 'PEM file with its private key' },
  'mqtt-auth-file': {
    type: 'string',
    describe: 'File with what to log in with at the broker, one line `user:password`',
  },
} as const;

type BrokerWords = Partial<InferredOptionTypes<typeof brokerOptions>>;

/** A broker as a receiver or a channel wants it, and whether it is AWS IoT Core. */
export interface OwnBroker {
  readonly text: string;
  readonly aws: boolean;
  readonly socket: () => Socket;
  readonly login?: { readonly user: string; readonly password: string };
}

/** UsageError if a word is there that only a broker understands. */
export function refuseMqttWords(words: MqttWords): void {
  const given = (Object.keys(mqttOptions) as (keyof MqttWords)[]).find((name) => words[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} is for a broker`, 'Give --via mqtt too, or leave it out.');
}

/**
 * What the words ask for, for boards of these names. OutsideError FILE for a file that cannot be read; UsageError for one
 * that does not hold what it should. Every board's file is looked at, so that a run does not end in the middle.
 */
export async function mqttPlan(words: MqttWords, names: readonly string[]): Promise<MqttOptions> {
  const file = words['mqtt-auth-file'];
  return {
    ...(words.qos === undefined ? {} : { qos: QOS[Number(choice('--qos', words.qos, ['0', '1', '2']))]! }),
    ...(words.ca === undefined ? {} : { ca: await readCertificate(words.ca) }),
    ...(await credentialWords(words, names)),
    ...(file === undefined ? {} : { login: await readLogin(file) }),
  };
}

/** UsageError if a word of these is there without a broker's address, which `option` would give. */
export function refuseBrokerWords(words: Readonly<Record<string, unknown>>, names: readonly string[], option: string) {
  const given = names.find((name) => words[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`--${given} is for a broker`, `Give ${option} too, or leave it out.`);
}

/** Reads an address and the files of the words. UsageError and OutsideError FILE as for boards. */
export async function ownBroker(url: string, words: BrokerWords): Promise<OwnBroker> {
  const { parseAddress } = await import('../simulator/links/mqtt/address.ts');
  const { checkOptions } = await import('../simulator/links/mqtt/rules.ts');
  const { socketOpener } = await import('../simulator/links/mqtt/socket.ts');
  const address = parseAddress(url);
  const plan = await mqttPlan(words, []);
  checkOptions(plan, address);
  const socket = await socketOpener(address, plan)('');
  const { text, aws } = address;
  return { text, aws, socket, ...(plan.login === undefined ? {} : { login: plan.login }) };
}

async function credentialWords(
  { cert, key }: MqttWords,
  names: readonly string[],
): Promise<Pick<MqttOptions, 'credentials'>> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    const [given, missing] = cert === undefined ? ['--key', '--cert'] : ['--cert', '--key'];
    throw new UsageError(`${given} is given without ${missing}`, 'Give both, or neither.');
  }
  const of = (endpoint: string) =>
    readCredentials(cert.replaceAll(ENDPOINT, endpoint), key.replaceAll(ENDPOINT, endpoint));
  if (!cert.includes(ENDPOINT) && !key.includes(ENDPOINT)) return { credentials: await of('') };
  for (const name of names) await of(name);
  return { credentials: of };
}

/** A certificate and its key, found to belong together. */
async function readCredentials(certFile: string, keyFile: string): Promise<Credentials> {
  const [cert, key] = [await readCertificate(certFile), await read(keyFile)];
  const wrong = new UsageError(
    `${keyFile} does not hold the private key of ${certFile}`,
    'Give the two PEM files that belong together; the key must not need a password.',
  );
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch {
    // What OpenSSL says of a key helps nobody.
  }
  throw wrong;
}

async function readCertificate(file: string): Promise<string> {
  const text = await read(file);
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new UsageError(
      `${file} holds no certificate`,
      'Give a PEM file: it begins with -----BEGIN CERTIFICATE-----.',
      {
        cause,
      },
    );
  }
  return text;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('FILE', `${path} cannot be read: ${why}`, 'Check its name and its permissions.', { cause });
  }
}
