/**
 * A CoAP client that is none of ours: coap-client of libcoap (Debian's libcoap3-bin), or none.
 *
 * Without it its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

const PROGRAMS = ['notls', 'openssl', 'gnutls'].map((tls) => `/usr/bin/coap-client-${tls}`);
const PROGRAM = PROGRAMS.find(existsSync);

/** Whether tests that need it are to be run. */
export const libcoapWanted = PROGRAM !== undefined || process.env.CI === 'true';

/** A message that it received, in the words in which it shows it. */
export interface Received {
  readonly type: string;
  /** `2.05`; `0.00` for an empty message. */
  readonly code: string;
  readonly token: string;
  /** `Location-Path:rd`. */
  readonly options: readonly string[];
  /** Text as it is; other bytes in hexadecimal digits. */
  readonly payload: string;
}

/** So that it ends by itself, and no test waits for longer; `words` may say otherwise. */
const MOST_SECONDS = 5;
const KILLED_MS = 60_000;
const SHOWN = /received \d+ bytes\nv:1 t:(\w+) c:([\d.]+) i:[0-9a-f]+ \{([0-9a-f]*)\} \[(.*?)\](?: :: (.*))?\n/g;

/** coap-client as it runs, saying all that it receives (-v 7). */
export class CoapClient implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #changed = new EventEmitter();
  readonly #ended: Promise<void>;
  #said = '';
  #complaints = '';
  #hasEnded = false;

  constructor(...words: readonly string[]) {
    const all = ['-v', '7', '-B', String(MOST_SECONDS), ...words];
    this.#child = spawn(PROGRAM ?? PROGRAMS[0]!, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: KILLED_MS,
      killSignal: 'SIGKILL',
    });
    this.#child.stdout.on('data', (text: Buffer) => {
      this.#said += String(text);
      this.#changed.emit('change');
    });
    // Apart: its lines come between those that belong together.
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#complaints += String(text);
    });
    this.#child.on('error', (error) => {
      this.#complaints += error.message;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#hasEnded = true;
        this.#changed.emit('change');
        resolve();
      });
    });
  }

  /** All that it received so far. */
  get received(): readonly Received[] {
    return [...this.#said.matchAll(SHOWN)].map(([, type = '', code = '', token = '', options = '', payload = '']) => ({
      ...{ type, code, token, payload: payload.replace(/^'(.*)'$/, '$1') },
      options: options.trim() === '' ? [] : options.trim().split(', '),
    }));
  }

  /** Waits for the first received message that fits; an error with all that was said if it ends without one. */
  async receives(fits: (received: Received) => boolean): Promise<Received> {
    for (;;) {
      const found = this.received.find(fits);
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(`coap-client ended without it: ${this.#said}${this.#complaints}`);
      await once(this.#changed, 'change');
    }
  }

  /** All that it received, when it has ended. */
  async end(): Promise<readonly Received[]> {
    await this.#ended;
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** One request, to its end: all that was received, of which the last is the answer. */
export async function coap(...words: readonly string[]): Promise<readonly Received[]> {
  await using client = new CoapClient(...words);
  return await client.end();
}

/** A port for `-p`, which can be told no 0. */
export async function freeUdpPort(): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return String(port);
}
