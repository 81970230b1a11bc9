/**
 * The compilers that tests use: Debian's g++, and its arm-none-eabi-g++ for the board's processor.
 *
 * Without one its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Compiler {
  readonly command: string;
  /** Whether tests that need it are to be run. */
  readonly wanted: boolean;
  /** What it needs beyond its name. */
  readonly flags: readonly string[];
}

export const HOST: Compiler = { command: 'g++', wanted: isWanted('g++'), flags: [] };

/** The MK64FN1M0 of the FRDM-K64F is a Cortex-M4. */
export const BOARD: Compiler = {
  command: 'arm-none-eabi-g++',
  wanted: isWanted('arm-none-eabi-g++'),
  flags: ['-mcpu=cortex-m4', '-mthumb'],
};

export interface Compiled {
  readonly status: number | null;
  readonly out: string;
  /** Its warnings and errors. */
  readonly err: string;
}

export function compile({ command, flags }: Compiler, ...words: readonly string[]): Promise<Compiled> {
  return run(command, ...flags, ...words);
}

/** Runs a program to its end. */
export function run(command: string, ...words: readonly string[]): Promise<Compiled> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      words,
      { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ status: error === null ? 0 : Number(error.code), out, err });
      },
    );
  });
}

function isWanted(command: string): boolean {
  return (
    process.env.CI === 'true' || (process.env.PATH ?? '').split(delimiter).some((dir) => isProgram(join(dir, command)))
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
