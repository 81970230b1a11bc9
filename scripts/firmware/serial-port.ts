/**
 * Serial ports, by the package `serialport`, which is optional: it is loaded when a port is to be opened, and not before.
 *
 * DAPLink's port is USB CDC, 115200 baud, 8 data bits, no parity; a break on it resets the board (DAPLink,
 * docs/USERS-GUIDE.md). This says so in errors of ours; what comes through it is read in serial/monitor.ts.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialPort } from 'serialport';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { OpenPort } from '../../firmware-template/serial/monitor.ts';

const BAUD = 115_200;
/** DAPLink asks for no length; 100 ms are seen whatever else USB has to carry. */
const BREAK_MS = 150;
/** From one look at whether a port is still there to the next. */
const LOOK_MS = 500;

type Package = Pick<typeof import('serialport'), 'SerialPort'>;

const thePackage = (): Promise<Package> => import('serialport');

/** Opens a port for reading. OutsideError PORT with what is in the way, TOOL if the package is missing. */
export async function openPort(
  path: string,
  baudRate: number,
  onData: (bytes: Uint8Array) => void,
  load: () => Promise<Package> = thePackage,
): Promise<OpenPort> {
  const port = await opened(path, baudRate, load);
  port.on('data', onData);
  // A port that failed is closed as well; which error it was is no news to who waits for it to come back.
  port.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => port.once('close', () => resolve()));
  await closeWhenGone(path, port);
  return { closed, close: () => closing(port) };
}

/** Resets the board by a break on its port. OutsideError PORT or TOOL. */
export async function sendBreak(path: string, load: () => Promise<Package> = thePackage): Promise<void> {
  const port = await opened(path, BAUD, load);
  try {
    await setBreak(port, true);
    await sleep(BREAK_MS);
    await setBreak(port, false);
  } catch (cause) {
    const fix = 'Press RESET on the board.';
    throw new OutsideError('PORT', `a break could not be sent on ${path}: ${reasonOf(cause)}`, fix, { cause });
  } finally {
    await closing(port);
  }
}

async function opened(path: string, baudRate: number, load: () => Promise<Package>): Promise<SerialPort> {
  const { SerialPort } = await loaded(load);
  return await new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.open((error) => (error ? reject(notOpened(path, error)) : resolve(port)));
  });
}

/** Missing, or without a build for this machine. */
async function loaded(load: () => Promise<Package>): Promise<Package> {
  try {
    return await load();
  } catch (cause) {
    const fix = 'Install it: npm install serialport. Or read the port with another program: screen, picocom, PuTTY.';
    throw new OutsideError('TOOL', 'the package serialport, which reads serial ports, cannot be loaded', fix, {
      cause,
    });
  }
}

function setBreak(port: SerialPort, brk: boolean): Promise<void> {
  return new Promise((resolve, reject) => port.set({ brk }, (error) => (error ? reject(error) : resolve())));
}

/**
 * The package may not see that a device has gone: a read that is under way at that moment finds nothing, and is made
 * again for ever (@serialport/bindings-cpp, unix-read.ts). Its file has gone as well, or is another one by now.
 */
async function closeWhenGone(path: string, port: SerialPort): Promise<void> {
  const before = await fileOf(path);
  // COM3 is no file, and reads on Windows do not end so.
  if (before === undefined || !port.isOpen) return;
  const looks = setInterval(async () => {
    if ((await fileOf(path)) !== before) await closing(port);
  }, LOOK_MS);
  port.once('close', () => clearInterval(looks));
}

/** Which file is at a path now; undefined: none. */
async function fileOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, rdev } = await stat(path);
    return `${dev} ${ino} ${rdev}`;
  } catch {
    return undefined;
  }
}

function closing(port: SerialPort): Promise<void> {
  return new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve()));
}

/** The package tells what was wrong in words alone. */
function notOpened(path: string, cause: Error): OutsideError {
  const why = reasonOf(cause);
  const [message, fix] = /permission|access denied/i.test(why)
    ? [`${path} may not be opened by you, or another program has it`, PERMITTED]
    : /no such file|file not found|cannot find|no such device|not exist/i.test(why)
      ? [`there is no port ${path}`, 'Plug the board in at the connector marked OpenSDA; see `mts firmware boards`.']
      : /lock|busy|temporarily unavailable/i.test(why)
        ? [
            `another program has ${path} open`,
            'End it: screen, minicom, PuTTY, an IDE, or another `mts firmware monitor`.',
          ]
        : /inappropriate ioctl|not a tty|is a directory/i.test(why)
          ? [`${path} is no serial port`, 'See `mts firmware boards` for the ports of boards.']
          : [`${path} cannot be opened: ${why}`, 'See `mts firmware boards` for the ports of boards.'];
  return new OutsideError('PORT', message, fix, { cause });
}

const PERMITTED =
  'On Linux become a member of the group that has it (sudo usermod -aG dialout $USER, then log in again); on Windows ' +
  'end the other program.';

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Error:\s*/, '').slice(0, 200) : String(error);
}
