/**
 * What a security.h does beyond naming the board: where it sends the client, over what, and whether the button counts.
 *
 * The client has its server's address from a header of another library, so that security.h must change it behind that
 * header's back: outside of its guard, at its second inclusion (inclusions.ts). The traps on the way are findings here.
 */
import { FormatError, UsageError } from '../../cloud/protocol/errors.ts';
import { readCStrings } from '../c-string.ts';
import type { Finding } from '../credentials/credentials.ts';
import { type Inclusions, includeTwice, OLD_SERVER_ADDRESS } from './inclusions.ts';
import { PORTS, readServerUri, type ServerAddress } from './server-address.ts';
import type { Transport } from './settings.ts';

export interface Redirect {
  /** Undefined if the board would not be sent to a server that it could use; an error among the findings says why. */
  readonly to: { readonly server: ServerAddress; readonly transport: Transport } | undefined;
  /** The pin of the button; undefined if the client leaves it alone. */
  readonly button: string | undefined;
  readonly findings: readonly Finding[];
}

const AGAIN = 'Generate the firmware again: `mts firmware generate`.';
const ADDRESS = 'MBED_SERVER_ADDRESS';

/** Reads a whole security.h; `button` is what mbed_app.json defines. */
export function readRedirect(text: string, button: string | undefined): Redirect {
  let inclusions: Inclusions;
  try {
    inclusions = includeTwice(text, new Map(button === undefined ? [] : [['MBED_CONF_APP_BUTTON1', button]]));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const message = `security.h cannot be followed: ${error.message}`;
    return { to: undefined, button, findings: [fault('TAIL_EDITED', message)] };
  }
  const { macros, redefined } = inclusions;
  const findings: Finding[] = [];
  const transport = transportIn(inclusions, findings);
  const server = serverIn(text, inclusions, transport, findings);
  const pin = macros.get('MBED_CONF_APP_BUTTON1');
  if (pin === undefined) {
    findings.push(fault('BUTTON', 'the client is not told of a button: pressing SW2 does nothing'));
  }
  if (server !== undefined && redefined.has(ADDRESS)) {
    const message = `security.h changes ${ADDRESS} without asking whether it is defined: the compiler warns of it`;
    findings.push({ code: 'REDEFINED', level: 'warning', message, fix: AGAIN });
  }
  return {
    to: server === undefined || transport === undefined ? undefined : { server, transport },
    button: pin,
    findings,
  };
}

/** What simpleclient.h makes of `M2MInterface::TCP` and `M2MSecurity::Certificate`. */
function transportIn({ macros, early }: Inclusions, findings: Finding[]): Transport | undefined {
  const renamed = ['TCP', 'UDP', 'Certificate', 'NoSecurity'].filter((name) => early.has(name));
  if (renamed.length > 0) {
    const message = `security.h defines ${renamed.join(' and ')} before the client's own headers, which use these names`;
    findings.push(fault('DEFINED_EARLY', message));
    return undefined;
  }
  const [tcp = 'TCP', certificate = 'Certificate'] = [macros.get('TCP'), macros.get('Certificate')];
  if (tcp === 'TCP' && certificate === 'Certificate') return 'tls';
  if (tcp === 'UDP' && certificate === 'NoSecurity') return 'plain';
  const what = `${certificate === 'Certificate' ? 'with' : 'without'} security over ${tcp === 'UDP' ? 'UDP' : 'TCP'}`;
  const message = `the board would speak ${what} (TCP is ${tcp}, Certificate is ${certificate}), which no connector of this project does`;
  findings.push(fault('TRANSPORT', message));
  return undefined;
}

function serverIn(
  text: string,
  { macros, once }: Inclusions,
  transport: Transport | undefined,
  findings: Finding[],
): ServerAddress | undefined {
  const value = macros.get(ADDRESS);
  if (value === undefined || value === OLD_SERVER_ADDRESS) {
    findings.push(stillOld(text, value, once));
    return undefined;
  }
  const literal = literalOf(value);
  if (literal === undefined) {
    findings.push(fault('SERVER_ADDRESS', `${ADDRESS} in security.h is not one text in quotes`));
    return undefined;
  }
  try {
    const server = readServerUri(literal, transport ?? 'tls');
    const other = transport === 'tls' ? 'plain' : 'tls';
    if (transport !== undefined && server.port === PORTS[other]) {
      const message = `the board would speak ${transport} at port ${server.port}, where servers speak ${other}`;
      findings.push({ code: 'PORT', level: 'warning', message, fix: `Is it not ${PORTS[transport]}?` });
    }
    return server;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    findings.push(fault('SERVER_ADDRESS', error.message, error.fix));
    return undefined;
  }
}

/** Why the client would still look for the service that closed. */
function stillOld(text: string, value: string | undefined, once: boolean): Finding {
  const closed = 'so the board looks for api.connector.mbed.com, which closed in 2018';
  if (value === undefined) return fault('TAIL_EDITED', `security.h removes ${ADDRESS}: the client does not compile`);
  if (once) {
    const message = `security.h has #pragma once, and has to be read twice to change ${ADDRESS}: ${closed}`;
    return fault('PRAGMA_ONCE', message, 'Remove that line, or generate the firmware again.');
  }
  if (new RegExp(`#\\s*define\\s+${ADDRESS}\\b`).test(text)) {
    const message = `security.h defines ${ADDRESS} where easy-connect.h defines it once more afterwards (inside the guard?): ${closed}`;
    return fault('DEFINED_INSIDE', message, `Put it after the guard's #endif, or generate the firmware again.`);
  }
  return fault('TAIL_MISSING', `security.h has nothing after its guard that gives the board a server: ${closed}`);
}

function literalOf(value: string): string | undefined {
  try {
    const read = readCStrings(value, 0, 1024);
    return read !== undefined && value.slice(read.end).trim() === '' ? read.text : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function fault(code: string, message: string, fix = AGAIN): Finding {
  return { code, level: 'error', message, fix };
}
