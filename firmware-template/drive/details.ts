/**
 * The text files that DAPLink shows on its drive: DETAILS.TXT, FAIL.TXT, ASSERT.TXT, and the ID in MBED.HTM.
 *
 *   # DAPLink Firmware - see https://mbed.com/daplink
 *   Unique ID: 0240000032044e4500257009997b00386781000097969900
 *   Daplink Mode: Interface
 *   Remount count: 0
 *
 * Builds differ in which lines they have, and a drive may hold anything under these names: whatever is not understood
 * is left out, nothing throws, and no more than the first 4 KiB is looked at. Source: DAPLink,
 * source/daplink/drag-n-drop/vfs_user.c, which writes them; mbed-ls, mbed_lstools, for the ID in MBED.HTM.
 */

export interface Details {
  /** Lower case. Its first four digits are the board's ID, except in the bootloader, which does not know its board. */
  readonly uniqueId: string | undefined;
  /** Builds that do not say it have no bootloader of their own. */
  readonly mode: 'interface' | 'bootloader';
  /** As it is written: `0246`. */
  readonly interfaceVersion: string | undefined;
  readonly bootloaderVersion: string | undefined;
  /** The board starts a program that was copied to it by itself. */
  readonly autoReset: boolean | undefined;
  /** Files of some names are commands to it at any time, not only while RESET is held. */
  readonly automationAllowed: boolean | undefined;
  /** How often the drive went away and came back since the board had power. */
  readonly remountCount: number | undefined;
  /** Every line that has the form `name: value`, by its name in lower case; of two with one name, the first. */
  readonly all: ReadonlyMap<string, string>;
}

export type FailType = 'internal' | 'transient' | 'user' | 'target' | 'interface';

export interface Fail {
  /** DAPLink's own words, '' if there are none. A stranger's text. */
  readonly error: string;
  readonly types: readonly FailType[];
}

/** Where the debug firmware itself failed. Strangers' texts. */
export interface Assert {
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly source: string | undefined;
}

/** Much more than DAPLink writes: its files are one sector of 512 bytes, DETAILS.TXT two in newer builds. */
export const MOST_BYTES = 4096;

const FAIL_TYPES: readonly FailType[] = ['internal', 'transient', 'user', 'target', 'interface'];

export function readDetails(text: string): Details {
  const all = linesOf(text);
  return {
    uniqueId: hexId(all.get('unique id')),
    mode: /^bootloader$/i.test(all.get('daplink mode') ?? '') ? 'bootloader' : 'interface',
    // The first DAPLinks had but one version.
    interfaceVersion: version(all.get('interface version') ?? all.get('version')),
    bootloaderVersion: version(all.get('bootloader version')),
    autoReset: flag(all.get('auto reset')),
    automationAllowed: flag(all.get('automation allowed')),
    remountCount: whole(all.get('remount count')),
    all,
  };
}

/** Builds before the types wrote a text alone, without a name in front. */
export function readFail(text: string): Fail {
  const all = linesOf(text);
  const error = all.get('error') ?? firstLine(text);
  const types = (all.get('type') ?? '').toLowerCase().split(/[\s,]+/);
  return { error, types: FAIL_TYPES.filter((type) => types.includes(type)) };
}

export function readAssert(text: string): Assert {
  const all = linesOf(text);
  return { file: all.get('file'), line: whole(all.get('line')), source: all.get('source') };
}

/** The Unique ID in MBED.HTM, which builds without one in DETAILS.TXT put into an address: `…/device/?code=0240…`. */
export function idInMbedHtm(text: string): string | undefined {
  const [, code, auth] = /[?&](?:code=([0-9a-f]{8,64})|auth=([0-9a-f]{4,64}))/i.exec(text.slice(0, MOST_BYTES)) ?? [];
  return (code ?? auth)?.toLowerCase();
}

function linesOf(text: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const line of text.slice(0, MOST_BYTES).split(/[\r\n]+/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && name !== '' && !line.startsWith('#') && !all.has(name)) {
      all.set(name, line.slice(colon + 1).trim());
    }
  }
  return all;
}

function firstLine(text: string): string {
  const lines = text.slice(0, MOST_BYTES).split(/[\r\n]+/);
  return lines.map((line) => line.trim()).find((line) => line !== '' && !/^type:/i.test(line)) ?? '';
}

function hexId(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{8,64}$/i.test(text) ? text.toLowerCase() : undefined;
}

function version(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-z.]{1,16}$/i.test(text) ? text : undefined;
}

function flag(text: string | undefined): boolean | undefined {
  return text === '1' ? true : text === '0' ? false : undefined;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
