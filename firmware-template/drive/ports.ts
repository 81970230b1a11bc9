/** Which serial port is a board's: the USB serial number of the port and that of the drive are one. */
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { boardOf } from './board-ids.ts';
import type { UsbPort } from './system.ts';

/**
 * The one port whose serial number begins with `board`; without it, that of the only K64F, or else of the only board.
 * OutsideError PORT: there is none; UsageError: there are several.
 */
export function choosePort(ports: readonly UsbPort[], board: string | undefined): UsbPort {
  const boards = ports.filter(({ serial }) => isBoards(serial));
  const asked = board === undefined ? boards : ports.filter(({ serial }) => serial?.startsWith(board.toLowerCase()));
  const k64f = asked.filter(({ serial }) => boardOf(serial)?.isK64F === true);
  const [port, ...more] = k64f.length > 0 ? k64f : asked;
  if (port === undefined) throw nonePlugged(ports, board);
  if (more.length > 0) {
    throw new UsageError(
      `several boards have a serial port: ${[port, ...more].slice(0, MOST_LISTED).map(nameOf).join(', ')}`,
      'Give the first letters of the ID of one to --board, enough to tell it from the others, or its port to --port.',
    );
  }
  return port;
}

const MOST_LISTED = 8;

/** DAPLink's serial numbers are hexadecimal and begin with an ID that is known. */
function isBoards(serial: string | undefined): boolean {
  return serial !== undefined && /^[0-9a-f]{16,64}$/.test(serial) && boardOf(serial) !== undefined;
}

function nonePlugged(ports: readonly UsbPort[], board: string | undefined): OutsideError {
  const what =
    board === undefined
      ? 'no serial port of a board was found'
      : `no port is that of a board whose ID begins with ${board}`;
  const others = ports.length === 0 ? '' : `; there is ${ports.slice(0, MOST_LISTED).map(nameOf).join(', ')}`;
  return new OutsideError(
    'PORT',
    `${what}${others}`,
    'Use a USB cable that carries data, in the connector marked OpenSDA, and see `mts firmware boards`; or give the port ' +
      'by --port: /dev/ttyACM0 on Linux, /dev/cu.usbmodem… on macOS, COM3 on Windows.',
  );
}

function nameOf({ path, serial }: UsbPort): string {
  const board = boardOf(serial);
  return `${path} (${board === undefined ? '' : `${board.name} `}${serial ?? 'without a serial number'})`;
}
