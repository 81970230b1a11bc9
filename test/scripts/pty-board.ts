/**
 * A serial port with a board at its other end: a pair of pseudo terminals, made by Debian's socat.
 *
 * Without socat its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATH = '/usr/bin/socat';

/** Whether tests that need it are to be run. */
export const socatWanted = existsSync(PATH) || process.env.CI === 'true';

export class PtyBoard implements AsyncDisposable {
  readonly dir: string;
  #child: ChildProcess | undefined;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** A board that is plugged in. */
  static async plugged(): Promise<PtyBoard> {
    const board = new PtyBoard(await mkdtemp(join(tmpdir(), 'mts-pty-')));
    await board.plug();
    return board;
  }

  /** What to open to hear the board. */
  get port(): string {
    return join(this.dir, 'port');
  }

  /** The port is there when this resolves, under the same name as before. */
  async plug(): Promise<void> {
    const end = (name: string) => `pty,raw,echo=0,link=${join(this.dir, name)}`;
    const child = spawn(PATH, ['-d', '-d', end('board'), end('port')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => reject(new Error(`socat ended with ${status}: ${said}`)));
      child.stderr.on('data', (data: Buffer) => {
        said += data;
        if (said.includes('starting data transfer loop')) resolve();
      });
    });
  }

  /** The port is gone when this resolves. */
  async pull(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'close');
    child.kill();
    await ended;
  }

  /** The board prints this. */
  async print(text: string | Uint8Array): Promise<void> {
    await writeFile(join(this.dir, 'board'), text, { flag: 'a' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pull();
    await rm(this.dir, { recursive: true, force: true });
  }
}
