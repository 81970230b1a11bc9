/** OpenSSL's client as a board's TLS and nothing else: what it is given goes out as a record, what comes is printed. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TlsService } from './tls-service.ts';

const KILLED_MS = 60_000;

export class SClient implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #changed = new EventEmitter();
  readonly #ended: Promise<void>;
  #hasEnded = false;
  /** What came inside of TLS. */
  received: Buffer = Buffer.alloc(0);
  /** What it says of the connection. */
  errors = '';

  constructor(port: number, ...words: readonly string[]) {
    const always = ['s_client', '-connect', `127.0.0.1:${port}`, '-noservername', '-quiet', '-nocommands'];
    this.#child = spawn('openssl', [...always, ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: KILLED_MS,
      killSignal: 'SIGKILL',
    });
    // It may end before it has read all.
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.#changed.emit('change');
    });
    this.#child.stderr.on('data', (text: Buffer) => {
      this.errors += String(text);
      this.#changed.emit('change');
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', () => {
        this.#hasEnded = true;
        this.#changed.emit('change');
        resolve();
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  /** Until it is so; an error if it ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#hasEnded) throw new Error(`s_client ended: ${this.errors}`);
      await once(this.#changed, 'change');
    }
  }

  /** Until the other side, or it itself, has ended the connection. */
  end(): Promise<void> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** Words for s_client: the certificate of one of the service's boards, and whom it trusts. */
export async function as(service: TlsService, endpoint: string): Promise<readonly string[]> {
  const { cert, key } = await service.credentials.board(endpoint);
  return await showing(service, cert, key);
}

export async function showing({ dir, credentials }: TlsService, cert: string, key: string): Promise<readonly string[]> {
  const [own, authority] = [join(dir, 'shown.pem'), join(dir, 'authority.pem')];
  await Promise.all([writeFile(own, cert + key, { mode: 0o600 }), writeFile(authority, credentials.authority)]);
  return ['-cert', own, '-key', own, '-CAfile', authority, '-verify_return_error'];
}
