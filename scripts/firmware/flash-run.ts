/**
 * `mts firmware flash`, from words to an outcome: may this image be flashed, onto which drive, and what is done after.
 *
 *   image ─► verdict ─► drive ─► service asked once ─► flash (firmware-template/flash) ─► reset ─► registered
 *
 * All that can be refused is refused before anything is copied. Ends by resolving, or by a FlashFailure with its cause.
 */
import type { Service } from '../../cloud/connector/client/service.ts';
import { MtsError, UsageError } from '../../cloud/protocol/errors.ts';
import { chooseDrive, driveAt } from '../../firmware-template/flash/choose.ts';
import { FlashFailure } from '../../firmware-template/flash/failure.ts';
import { type FlashLog, flash } from '../../firmware-template/flash/flash.ts';
import type { MountedDrive } from '../../firmware-template/flash/remount.ts';
import type { FlashWorld } from '../../firmware-template/flash/world.ts';
import type { ImageReport } from '../../firmware-template/image/inspect.ts';
import { isRegistered, waitRegistered } from './registered.ts';

export interface FlashWords {
  readonly bytes: Uint8Array;
  readonly report: ImageReport;
  readonly force: boolean;
  readonly board: string | undefined;
  /** A folder that is said to be the drive. */
  readonly folder: string | undefined;
  readonly attempts: number;
  readonly timeoutMs: number;
  readonly reset: 'ask' | 'break';
  readonly serialPort: string | undefined;
  readonly wait: WaitWords | undefined;
}

export interface WaitWords {
  readonly service: Service;
  readonly endpoint: string;
  readonly timeoutMs: number;
}

export interface FlashMeans {
  readonly world: FlashWorld;
  readonly sendBreak: (port: string) => Promise<void>;
  /** A line of the outcome, for people. */
  readonly say: (line: string) => Promise<void>;
  /** A line for people about what is careless or odd. */
  readonly warn: (line: string) => void;
}

/** Does it all; `log` is filled with what was done. FlashFailure says what was not. */
export async function runFlash(words: FlashWords, means: FlashMeans, log: FlashLog): Promise<'flashed' | 'registered'> {
  const { world, say, warn } = means;
  permit(words, warn);
  const drive = await driveFor(words, world);
  if (drive.problem !== undefined) warn(drive.problem);
  const port = words.serialPort ?? drive.serialPort;
  if (words.reset === 'break' && port === undefined) {
    throw new UsageError(
      `--reset break needs the serial port of the board, and none is known for the drive at ${drive.path}`,
      'Give it to --serial (`mts firmware boards` lists them), or press RESET by hand: leave out --reset.',
    );
  }
  const before = words.wait !== undefined && (await registeredBefore(words.wait, world));
  const { bytes, report, attempts, timeoutMs } = words;
  const { format } = report;
  const back = await flash({ bytes, format, drive, attempts, timeoutMs }, world, log);
  const haltedAt = world.now();
  await say(flashedLine(back, log));
  if (words.reset === 'break' && port !== undefined) await resetBy(port, means);
  else await say(back.details?.autoReset === true ? 'It starts by itself.' : PRESS_RESET);
  if (words.wait === undefined) return 'flashed';
  await say(await registered(words.wait, before, haltedAt, means));
  return 'registered';
}

const PRESS_RESET =
  'Press RESET on the board: it does not start by itself. Then `mts firmware monitor` shows what it says.';

/** An image that would lock the chip is never flashed; another bad one only if it is asked for twice. */
function permit({ report, force }: FlashWords, warn: (line: string) => void): void {
  const { verdict, findings } = report;
  const bad = findings.filter(({ level }) => level !== 'warning');
  for (const { level, message } of findings) if (level === 'warning') warn(message);
  if (verdict === 'flash') return;
  const cause = verdict === 'never' ? 'would-lock' : verdict === 'broken' ? 'bad-image' : 'other-firmware';
  const message = bad.map(({ message, consequence }) => `${message} (${consequence})`).join('\n     ');
  if (cause !== 'would-lock' && force) {
    warn(`flashed all the same, as --force asks: ${message}`);
    return;
  }
  const fix = [...new Set(bad.map(({ fix }) => fix))].join(' ');
  const override = cause === 'would-lock' ? '' : ' --force flashes it all the same.';
  throw new FlashFailure(cause, `not flashed: ${message}`, `${fix}${override}`);
}

async function driveFor({ board, folder, force }: FlashWords, world: FlashWorld): Promise<MountedDrive> {
  if (folder !== undefined) return driveAt(folder, await world.lookAt(folder), force);
  return chooseDrive(await world.find(), board);
}

/** Proves that address and key are good while nothing is copied yet. */
async function registeredBefore({ service, endpoint }: WaitWords, { stop }: FlashWorld): Promise<boolean> {
  try {
    return await isRegistered(service, endpoint);
  } catch (error) {
    if (!stop.aborted) throw error;
    throw new FlashFailure('stopped', 'stopped before anything was copied', 'Flash when you are ready.');
  }
}

function flashedLine({ uniqueId, path, details }: MountedDrive, { attempts }: FlashLog): string {
  const which = uniqueId === undefined ? `the board at ${path}` : `board ${uniqueId}`;
  const count = details?.remountCount === undefined ? '' : `, Remount count ${details.remountCount}`;
  return `Flashed ${which} (${attempts === 1 ? 'first try' : `try ${attempts}`}${count}).`;
}

/** DAPLink resets the chip at a break on its serial port (DAPLink, docs/USERS-GUIDE.md, "Serial Port"). */
async function resetBy(port: string, { sendBreak, say }: FlashMeans): Promise<void> {
  try {
    await sendBreak(port);
  } catch (error) {
    if (!(error instanceof MtsError)) throw error;
    throw new FlashFailure(
      'reset-failed',
      `flashed, but the board was not reset: ${error.message}`,
      `${error.fix ?? ''} Press RESET on the board: it does not start by itself.`.trim(),
      { cause: error },
    );
  }
  await say(`Reset it by a break on ${port}.`);
}

async function registered(
  { service, endpoint, timeoutMs }: WaitWords,
  before: boolean,
  haltedAt: number,
  { world, warn }: FlashMeans,
): Promise<string> {
  if (before) {
    warn(
      `${endpoint} was registered before it was flashed, so being registered now proves nothing: it is waited until that ` +
        'registration was gone, or outlived its lifetime',
    );
  }
  const { now, sleep, stop } = world;
  const look = (): Promise<boolean> => isRegistered(service, endpoint);
  const proof = await waitRegistered({ look, before, haltedAt, timeoutMs, now, sleep, stop, tell: warn });
  return `Registered ${endpoint}: ${proof}.`;
}
