/**
 * An image as a compiler makes it: program/program.c with a security.h, through arm-none-eabi-gcc and objcopy.
 *
 * Without that compiler its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whether tests that need it are to be run. */
export const armCompilerWanted = existsSync('/usr/bin/arm-none-eabi-gcc') || process.env.CI === 'true';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'program');
const FLAGS = ['-mcpu=cortex-m4', '-mthumb', '-Os', '-ffreestanding', '-fno-builtin', '-nostdlib', '-Wall', '-Werror'];

export interface CompiledImage {
  readonly elf: Buffer;
  readonly bin: Buffer;
  readonly hex: Buffer;
}

/** Compiles the program with this security.h and byte at 0x40C. */
export async function compileImage(securityH: string, fsec = 0xfe): Promise<CompiledImage> {
  return await inScratch(async (dir) => {
    await writeFile(join(dir, 'security.h'), securityH);
    const [elf, bin, hex] = ['elf', 'bin', 'hex'].map((ending) => join(dir, `program.${ending}`)) as [
      string,
      string,
      string,
    ];
    const linking = ['-T', join(PROGRAM, 'k64f.ld'), join(PROGRAM, 'program.c'), '-o', elf];
    await run('arm-none-eabi-gcc', [...FLAGS, `-DFSEC=${fsec}`, '-I', dir, ...linking]);
    await Promise.all([objcopy('-O', 'binary', elf, bin), objcopy('-O', 'ihex', elf, hex)]);
    return { elf: await readFile(elf), bin: await readFile(bin), hex: await readFile(hex) };
  });
}

/** What objcopy makes of the bytes: `['-I', 'binary', '-O', 'ihex']`. */
export async function convert(bytes: Uint8Array, ...words: readonly string[]): Promise<Buffer> {
  return await inScratch(async (dir) => {
    const [from, to] = [join(dir, 'from'), join(dir, 'to')];
    await writeFile(from, bytes);
    await objcopy(...words, from, to);
    return await readFile(to);
  });
}

async function objcopy(...words: readonly string[]): Promise<void> {
  await run('arm-none-eabi-objcopy', [...words]);
}

async function inScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'k64f-image-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
