/**
 * An emulated board with DAPLink, as far as its drive shows: it takes a .BIN or .HEX that is copied to it, goes away,
 * judges it, and comes back with a Remount count one higher, and a FAIL.TXT if it refused.
 *
 * Its times are shortened (a real one is away for some 3 s and takes a transfer for ended after 0.5 s, or 20 s). What
 * goes wrong is a script, one step a transfer. Source: DAPLink, source/daplink/drag-n-drop/vfs_manager.c, vfs_user.c.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DaplinkError, failText } from './daplink-errors.ts';
import type { Files, Place } from './places.ts';
import { verdictOn } from './verdict.ts';

/** What becomes of one transfer; `judge`: what the file deserves. */
export type Step =
  | 'judge'
  | 'never-goes'
  | 'never-returns'
  /** Its power went, so that it counts from 0 again and knows of no transfer. */
  | 'unplugged'
  | 'assert'
  | 'bootloader'
  | { readonly fail: DaplinkError }
  | { readonly failText: string }
  /** It comes back at another place. */
  | { readonly at: string };

export interface DaplinkOptions {
  readonly uniqueId?: string;
  /** Bytes of the file that will come: a host tells the board so in the directory entry. */
  readonly size: number;
  readonly awayMs?: number;
  readonly steps?: readonly Step[];
  readonly mode?: 'Interface' | 'Bootloader';
  readonly autoReset?: boolean;
  /** Null: a build that does not count. */
  readonly remountCount?: number | null;
  /** On the drive from the beginning: a FAIL.TXT of a transfer before. */
  readonly files?: Files;
}

export const K64F_ID = '0240000028884e450019700f6bf0000f8021000097969900';
const LOOK_MS = 5;

export class EmulatedDaplink {
  readonly #place: Place;
  readonly #options: DaplinkOptions;
  readonly #steps: Step[];
  #remountCount: number | null;
  #ended = false;
  #isCut = false;
  #working: Promise<void> = Promise.resolve();
  /** Files that came, whole, first to last. */
  readonly taken: Buffer[] = [];
  readonly names: string[] = [];

  private constructor(place: Place, options: DaplinkOptions) {
    this.#place = place;
    this.#options = options;
    this.#steps = [...(options.steps ?? [])];
    this.#remountCount = options.remountCount === undefined ? 4 : options.remountCount;
  }

  /** The board is plugged in: its drive comes to `place`. */
  static async plug(place: Place, options: DaplinkOptions): Promise<EmulatedDaplink> {
    const board = new EmulatedDaplink(place, options);
    await place.come({ ...board.#files(options.mode ?? 'Interface'), ...options.files });
    board.#working = board.#work();
    return board;
  }

  get path(): string {
    return this.#place.path;
  }

  /** It goes in the middle of a transfer, and comes back as `step` says. */
  async cut(step: Step): Promise<void> {
    this.#isCut = true;
    await this.#program(new Uint8Array(), step);
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    try {
      // What went wrong in the emulation is to fail the test.
      await this.#working;
    } finally {
      await this.#place.dispose();
    }
  }

  async #work(): Promise<void> {
    while (!this.#ended) {
      const arrived = this.#isCut ? undefined : await this.#arrived();
      if (arrived === undefined) await wait(LOOK_MS);
      else {
        this.taken.push(arrived.bytes);
        this.names.push(arrived.name);
        await this.#program(arrived.bytes, this.#steps.shift() ?? 'judge');
      }
    }
  }

  /** A file that is there whole, and was not dealt with. */
  async #arrived(): Promise<{ name: string; bytes: Buffer } | undefined> {
    try {
      const name = (await readdir(this.path)).find((name) => /\.(bin|hex)$/i.test(name));
      if (name === undefined) return undefined;
      const file = join(this.path, name);
      if (!(await stat(file)).isFile()) return undefined;
      const bytes = await readFile(file);
      return bytes.length >= this.#options.size ? { name, bytes } : undefined;
    } catch {
      // Another end of the test pulled the plug, or the drive has just gone.
      return undefined;
    }
  }

  async #program(bytes: Uint8Array, step: Step): Promise<void> {
    if (step === 'never-goes') return await this.#untilEnded();
    await this.#place.go();
    if (step === 'never-returns') return await this.#untilEnded();
    await wait(this.#options.awayMs ?? 30);
    if (this.#remountCount !== null) this.#remountCount += 1;
    if (step === 'unplugged') this.#remountCount = 0;
    const { files, path } = this.#after(bytes, step);
    await this.#place.come(files, path);
  }

  #after(bytes: Uint8Array, step: Step): { files: Files; path: string | undefined } {
    const own = this.#files(step === 'bootloader' ? 'Bootloader' : 'Interface');
    if (step === 'assert') return { files: { ...own, 'ASSERT.TXT': ASSERT_TEXT }, path: undefined };
    if (typeof step === 'object' && 'failText' in step) {
      return { files: { ...own, 'FAIL.TXT': step.failText }, path: undefined };
    }
    const scripted = typeof step === 'object' && 'fail' in step ? step.fail : undefined;
    const isJudged = step === 'judge' || (typeof step === 'object' && 'at' in step);
    const error = isJudged && bytes.length > 0 ? verdictOn(bytes) : scripted;
    const files = error === undefined ? own : { ...own, 'FAIL.TXT': failText(error) };
    return { files, path: typeof step === 'object' && 'at' in step ? step.at : undefined };
  }

  #files(mode: 'Interface' | 'Bootloader'): Files {
    const { uniqueId = K64F_ID, autoReset = false } = this.#options;
    const lines = [
      '# DAPLink Firmware - see https://daplink.io',
      'Build ID: v0257-gc782a5ba (gcc)',
      `Unique ID: ${uniqueId}`,
      'HIC ID: 97969900',
      `Auto Reset: ${autoReset ? 1 : 0}`,
      'Automation allowed: 0',
      'Overflow detection: 0',
      'Incompatible image detection: 1',
      'Page erasing: 0',
      `Daplink Mode: ${mode}`,
      ...(mode === 'Interface'
        ? ['Interface Version: 0257', 'Bootloader Version: 0244']
        : ['Bootloader Version: 0244']),
      'Git SHA: c782a5ba907377658bc28aa8d132a0fa44543687',
      'Local Mods: 0',
      'USB Interfaces: MSD, CDC, HID, WebUSB',
      'Bootloader CRC: 0x828c6069',
      'Interface CRC: 0x5b5cc0f5',
      ...(this.#remountCount === null ? [] : [`Remount count: ${this.#remountCount}`]),
      'URL: https://os.mbed.com/platforms/FRDM-K64F',
    ];
    return { 'DETAILS.TXT': lines.map((line) => `${line}\r\n`).join(''), 'MBED.HTM': '<!doctype html>\r\n' };
  }

  async #untilEnded(): Promise<void> {
    while (!this.#ended) await wait(LOOK_MS);
  }
}

export const ASSERT_TEXT =
  'Assert\r\nFile: source/daplink/drag-n-drop/vfs_manager.c\r\nLine: 412\r\nSource: Application\r\n';

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
