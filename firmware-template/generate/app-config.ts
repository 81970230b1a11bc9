/**
 * Reads mbed_app.json, by which Mbed CLI configures a build: what of it decides whether this client works on a K64F.
 *
 * Its form is Mbed OS 5's ("The configuration system"): `config` defines MBED_CONF_APP_…, `target_overrides` changes what
 * libraries define, for all targets (`*`) and then for one.
 */
import { FormatError, UsageError } from '../../cloud/protocol/errors.ts';
import { readCStrings } from '../c-string.ts';
import { quoted } from '../quoted.ts';
import { type Network, type Target, wifiNetwork } from './settings.ts';

export interface AppConfig {
  /** `network-interface`, as it stands there. */
  readonly networkInterface: string | undefined;
  /** The values of `wifi-ssid` and `wifi-password`: C literals. */
  readonly ssid: string | undefined;
  readonly password: string | undefined;
  /** The pin of the button. */
  readonly button: string | undefined;
  readonly macros: readonly string[];
  /** Names with their library, like `lwip.ipv6-enabled`. */
  readonly overrides: ReadonlyMap<string, unknown>;
}

/** What the file says for a target. UsageError for text that Mbed CLI would not take. */
export function readAppConfig(text: string, target: Target, source: string): AppConfig {
  const app = object(parse(text, source), `${source} itself`);
  const config = object(app.get('config') ?? {}, `"config" in ${source}`);
  const all = object(app.get('target_overrides') ?? {}, `"target_overrides" in ${source}`);
  const overrides = new Map<string, unknown>();
  for (const which of ['*', target]) {
    for (const entry of object(all.get(which) ?? {}, `"${which}" in ${source}`)) overrides.set(...entry);
  }
  const macros = app.get('macros') ?? [];
  if (!Array.isArray(macros) || !macros.every((one) => typeof one === 'string')) {
    throw notSo(`"macros" in ${source} is no list of texts`);
  }
  const value = (name: string): string | undefined => {
    // An override of the application's own settings has no library in its name, or `app`.
    const entry = overrides.get(`app.${name}`) ?? overrides.get(name) ?? config.get(name);
    const plain = isObject(entry) ? object(entry, name).get('value') : entry;
    return typeof plain === 'string' ? plain : undefined;
  };
  return {
    networkInterface: value('network-interface'),
    ssid: value('wifi-ssid'),
    password: value('wifi-password'),
    button: value('button1'),
    macros,
    overrides,
  };
}

/** The network that is configured. UsageError for one that is not generated here. */
export function networkOf({ networkInterface, ssid, password }: AppConfig, source: string): Network {
  if (networkInterface === 'ETHERNET') return { kind: 'ethernet' };
  if (networkInterface === 'WIFI_ESP8266') {
    return wifiNetwork(literal(ssid, 'wifi-ssid', source), literal(password, 'wifi-password', source));
  }
  const found = networkInterface === undefined ? 'none' : quoted(networkInterface.slice(0, 40));
  throw new UsageError(
    `the network-interface in ${source} is ${found}`,
    'Generate the firmware again, with --network ethernet or wifi-esp8266.',
  );
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Its message would quote the text, and a password may be in it.
    throw notSo(`${source} is no JSON`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As a map: nothing that every object has by itself is found in it. */
function object(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (!isObject(value)) throw notSo(`${what} is no object`);
  return new Map(Object.entries(value));
}

function literal(value: string | undefined, name: string, source: string): string {
  if (value === undefined) throw notSo(`${source} has no ${name}`);
  try {
    const read = readCStrings(value, 0, 1024);
    if (read !== undefined && value.slice(read.end).trim() === '') return read.text;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw notSo(`${name} in ${source} is no text in quotes within the quotes of JSON`);
}

function notSo(problem: string): UsageError {
  return new UsageError(problem, 'Generate the firmware again: `mts firmware generate` writes it.');
}
