/** Builds the stand-in for the client (client/main.cpp) with a security.h, and tells what came out of it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOARD, type Compiler, compile, HOST, run } from './compilers.ts';

const CLIENT = fileURLToPath(new URL('client', import.meta.url));

export interface Built {
  readonly status: number | null;
  readonly warnings: string;
  /** What the program says of itself, by name; empty if it was not built. */
  readonly says: ReadonlyMap<string, string>;
}

/** Compiled for this machine, and run. */
export function buildHere(securityH: string, ...flags: readonly string[]): Promise<Built> {
  return inFolder(securityH, async (dir) => {
    const program = join(dir, 'client');
    const { status, err } = await compileClient(HOST, dir, [...flags, '-o', program]);
    if (status !== 0) return { status, warnings: err, says: new Map() };
    const { out } = await run(program);
    const lines = out.split('\n').filter((line) => line !== '');
    const entries = lines.map((line): [string, string] => {
      const [name = '', hex = ''] = line.split(' ');
      return [name, Buffer.from(hex, 'hex').toString('utf8')];
    });
    return { status, warnings: err, says: new Map(entries) };
  });
}

export interface BuiltObject {
  readonly status: number | null;
  readonly warnings: string;
  readonly object: Buffer;
}

/** Compiled for the board: nothing here could run it. */
export function buildForBoard(securityH: string, ...flags: readonly string[]): Promise<BuiltObject> {
  return inFolder(securityH, async (dir) => {
    const object = join(dir, 'client.o');
    const { status, err } = await compileClient(BOARD, dir, [...flags, '-c', '-o', object]);
    return { status, warnings: err, object: status === 0 ? await readFile(object) : Buffer.alloc(0) };
  });
}

function compileClient(compiler: Compiler, dir: string, words: readonly string[]) {
  return compile(compiler, '-I', dir, '-I', CLIENT, ...words, join(CLIENT, 'main.cpp'));
}

async function inFolder<T>(securityH: string, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-client-'));
  try {
    await writeFile(join(dir, 'security.h'), securityH);
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
