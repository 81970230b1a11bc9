/**
 * What the errors of the board's client mean in practice, `[ERROR:] M2MInterface::NetworkError` and the others.
 *
 * After most of them the client waits 15 s, connects again and registers, then 30 and 45 s, and so on for ever; after
 * InvalidParameters it does nothing any more. Source: mbed-client, m2minterface.h (the names), m2minterfaceimpl.cpp and
 * m2mnsdlinterface.cpp (when each comes, and what the client does then).
 */
import { type Meaning, trouble } from './meaning.ts';

/** An error by its name in the client's source; one that is not there is `client-Other`. */
export function clientError(name: string): Meaning {
  const [meaning, fix] = ERRORS.get(name) ?? [`an error of its client, ${name}`, WATCH];
  return trouble(`client-${ERRORS.has(name) ? name : 'Other'}`, meaning, fix);
}

const AGAIN = 'it tries again by itself, after 15 s, then 30, then 45';
const WATCH = 'See what the connector logs of this board; if nothing moves for two minutes, press RESET.';
const REACHABLE =
  'See that the connector runs at the address after "Connecting to" above, that no firewall keeps that port closed, and ' +
  'that the board is in a network from which it can be reached.';

const ERRORS: ReadonlyMap<string, readonly [meaning: string, fix: string]> = new Map([
  ['NetworkError', [`the server cannot be reached, or the connection to it was lost; ${AGAIN}`, REACHABLE]],
  ['Timeout', [`the server did not answer in time; ${AGAIN}`, REACHABLE]],
  [
    'DnsResolvingFailed',
    [
      `the board finds no address for the name of the server; ${AGAIN}`,
      'Generate the firmware again with an IPv4 address for --server, or with a name that the DNS of its network knows; the board knows none that end in .local.',
    ],
  ],
  [
    'SecureConnectionFailed',
    [
      'the TLS handshake failed: board and server do not trust each other',
      'Run the connector with the folder of credentials that this firmware was made from; see `mts firmware check`, and `mts credentials list` for whether the board was revoked.',
    ],
  ],
  [
    'InvalidParameters',
    [
      'the server refused the registration (4.00 or 4.03), or has not answered for half a minute; the board does not try again',
      'See what the connector logs of this board, mend that, and then press RESET.',
    ],
  ],
  [
    'ResponseParseFailed',
    [
      'the board did not understand what the server answered, or was asked by a CoAP ping whether it is there, which does no harm',
      'If it registers all the same, go on; if not, see that it connects to the connector of this project.',
    ],
  ],
  ['NotRegistered', ['the server does not know the board any more; it registers again', WATCH]],
  ['AlreadyExists', ['it was about to register already', WATCH]],
  // simpleclient.h prints this one without its last letter.
  ['AlreadyExist', ['it was about to register already', WATCH]],
  [
    'MemoryFail',
    [
      'the board has no memory left',
      'Press RESET; if it comes again, build with the mbed_app.json that was generated.',
    ],
  ],
  ['NotAllowed', ['its client may not do this at this time', WATCH]],
  [
    'BootstrapFailed',
    [
      'it asked another server where to register, which this firmware never does',
      'Flash the firmware that was built with the generated files: see `mts firmware inspect`.',
    ],
  ],
  ['UnknownError', ['an error that its client has no name for', WATCH]],
]);
