/**
 * A board that is nothing but its TLS: board-client.c, linked with Debian's Mbed TLS, with a security.h compiled in.
 *
 * Without compiler or library its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Whether tests that need it are to be run. */
export const boardTlsWanted =
  (existsSync('/usr/bin/gcc') && existsSync('/usr/include/mbedtls/ssl.h')) || process.env.CI === 'true';

const run = promisify(execFile);
const FLAGS = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror'];
/** All but the credentials. */
const COMMON = ['board-client', 'identity', 'records'];
const LIBRARIES = ['-lmbedtls', '-lmbedx509', '-lmbedcrypto'];

/** Where boards are built, each from its security.h. */
export class Workshop implements AsyncDisposable {
  readonly #dir: string;
  #built = 0;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Compiles what all boards have in common. */
  static async open(): Promise<Workshop> {
    const dir = await mkdtemp(join(tmpdir(), 'board-tls-'));
    await Promise.all(COMMON.map((name) => compile(name, join(dir, `${name}.o`))));
    return new Workshop(dir);
  }

  /** The program with this security.h in it. */
  async build(securityH: string): Promise<string> {
    this.#built += 1;
    const dir = join(this.#dir, `board-${this.#built}`);
    await mkdir(dir);
    await writeFile(join(dir, 'security.h'), securityH);
    const [object, program] = [join(dir, 'credentials.o'), join(dir, 'board')];
    await compile('board-credentials', object, '-I', dir);
    const common = COMMON.map((name) => join(this.#dir, `${name}.o`));
    await run('gcc', [object, ...common, ...LIBRARIES, '-o', program]);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true });
  }
}

async function compile(name: string, object: string, ...flags: readonly string[]): Promise<void> {
  await run('gcc', [...FLAGS, ...flags, '-c', join(import.meta.dirname, `${name}.c`), '-o', object]);
}

/** A line that it printed. */
export type BoardEvent =
  | { readonly event: 'board'; readonly domain: string; readonly endpoint: string; readonly server: string }
  /** The board could not read its `SERVER_CERT`, `CERT` or `KEY`. */
  | { readonly event: 'unreadable'; readonly what: string }
  /** `bytes` of content, without what encryption adds. */
  | { readonly event: 'record'; readonly type: number; readonly bytes: number }
  | { readonly event: 'handshake'; readonly type: number; readonly bytes: number }
  | { readonly event: 'connected'; readonly version: string; readonly suite: string }
  | { readonly event: 'message'; readonly hex: string }
  /** The handshake failed; `flags` are those of the server's certificate (x509.h, MBEDTLS_X509_BADCERT_*). */
  | { readonly event: 'refused'; readonly code: string; readonly flags: number }
  | { readonly event: 'closed'; readonly code: string }
  | { readonly event: 'failed'; readonly at: string; readonly code: string; readonly why: string };

export type Named<K extends BoardEvent['event']> = Extract<BoardEvent, { event: K }>;

export class Board implements AsyncDisposable {
  readonly #child;
  readonly #ended: Promise<void>;
  readonly #changed = new EventEmitter();
  #hasEnded = false;
  /** All that it printed so far. */
  readonly events: BoardEvent[] = [];

  /** Connects to a port of this machine. */
  constructor(program: string, port: number) {
    this.#child = spawn(program, [String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.#child.stdout });
    lines.on('line', (line) => {
      this.events.push(JSON.parse(line) as BoardEvent);
      this.#changed.emit('change');
    });
    this.#ended = new Promise((resolve) => {
      lines.on('close', () => {
        this.#hasEnded = true;
        this.#changed.emit('change');
        resolve();
      });
    });
  }

  /** The nth event of that kind, or of those kinds, waited for; an error if the board ends without it. */
  async event<K extends BoardEvent['event']>(kind: K | readonly K[], nth = 0): Promise<Named<K>> {
    for (;;) {
      const found = this.all(kind)[nth];
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(`the board ended without "${kind}": ${JSON.stringify(this.events)}`);
      await once(this.#changed, 'change');
    }
  }

  all<K extends BoardEvent['event']>(kind: K | readonly K[]): readonly Named<K>[] {
    const kinds = new Set<string>([kind].flat());
    return this.events.filter((event): event is Named<K> => kinds.has(event.event));
  }

  /** Sends these bytes as one message. */
  send(message: Uint8Array): void {
    this.#child.stdin.write(`send ${Buffer.from(message).toString('hex')}\n`);
  }

  async close(): Promise<void> {
    this.#child.stdin.end('close\n');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
