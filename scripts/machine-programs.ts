/** Programs that this project does not bring and only some things need: which are on this machine, by what they say of themselves. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Found } from './machine.ts';

const LONGEST_MS = 10_000;

/** It has no word that prints its version and nothing else; its help begins with it. Debian keeps it out of the PATH of most. */
export async function mosquitto(): Promise<Found> {
  for (const command of ['mosquitto', '/usr/sbin/mosquitto']) {
    const { stdout, stderr } = await run(command, ['-h']).catch(whatItSaid);
    const first = firstLine(`${stdout}${stderr}`);
    if (first.startsWith('mosquitto version')) return { ok: true, found: first };
  }
  return { ok: false, found: 'none' };
}

export const chromium = (): Promise<Found> => versionOf('chromium');
export const hostCompiler = (): Promise<Found> => versionOf('g++');
export const armCompiler = (): Promise<Found> => versionOf('arm-none-eabi-g++');

/** The tool of 2016 to 2020, which alone builds Mbed OS 5.9; its successors answer to other names. */
export const mbedCli = (): Promise<Found> => versionOf('mbed');

export async function socat(): Promise<Found> {
  const { stdout } = await run('socat', ['-V']);
  const version = stdout.split('\n').find((line) => line.startsWith('socat version'));
  return { ok: version !== undefined, found: version ?? 'none' };
}

/** A foreign peer of boards and connector: any of the builds of libcoap. */
export async function coapClient(): Promise<Found> {
  // It has no --version: its usage names it, on stderr, with a status of its own.
  const { stderr } = await run('coap-client-notls', ['-h']).catch((error: { stderr?: string }) => ({
    stderr: error.stderr ?? '',
  }));
  const version = /coap-client\S* v[\d.]+/.exec(stderr)?.[0];
  return { ok: version !== undefined, found: version ?? 'none' };
}

/** The library that the board's client speaks TLS with, as its headers name themselves to a compiler. */
export async function boardTls(): Promise<Found> {
  const ask = ['-E', '-dM', '-include', 'mbedtls/version.h', '-x', 'c', '/dev/null'];
  const { stdout } = await run('gcc', ask, { maxBuffer: 16 * 1024 * 1024 });
  const version = /#define MBEDTLS_VERSION_STRING_FULL\s+"([^"]+)"/.exec(stdout)?.[1];
  return { ok: version !== undefined, found: version ?? 'none' };
}

async function versionOf(command: string): Promise<Found> {
  const { stdout } = await run(command, ['--version']);
  return { ok: true, found: firstLine(stdout) };
}

function run(command: string, words: readonly string[], more: { readonly maxBuffer?: number } = {}) {
  return promisify(execFile)(command, [...words], { timeout: LONGEST_MS, encoding: 'utf8', ...more });
}

/** Printing its help is a failure to some programs. */
function whatItSaid(error: { readonly stdout?: string; readonly stderr?: string }): { stdout: string; stderr: string } {
  return { stdout: error.stdout ?? '', stderr: error.stderr ?? '' };
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').trim();
}
