/** The break that resets a board, on a port of serialport's own mock, and what is said when it cannot be sent. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type SerialPort, SerialPortMock } from 'serialport';
import { sendBreak } from '../../scripts/firmware/serial-port.ts';
import { PtyBoard, socatWanted } from './pty-board.ts';

const PORT = '/dev/mock';

/** The package, with ports that are not there. */
const load = async () => ({ SerialPort: SerialPortMock as unknown as typeof SerialPort });

beforeEach(() => SerialPortMock.binding.createPort(PORT));
afterEach(() => {
  SerialPortMock.binding.reset();
  jest.restoreAllMocks();
});

test('it is set, held for 100 ms or more, and taken back; then the port is closed', async () => {
  const steps: { readonly what: unknown; readonly at: number }[] = [];
  const set = SerialPortMock.prototype.set;
  jest.spyOn(SerialPortMock.prototype, 'set').mockImplementation(function (this: SerialPortMock, options, done) {
    steps.push({ what: options, at: performance.now() });
    set.call(this, options, done);
  });
  const close = jest.spyOn(SerialPortMock.prototype, 'close');
  await sendBreak(PORT, load);
  expect(steps.map(({ what }) => what)).toEqual([{ brk: true }, { brk: false }]);
  expect(steps[1]!.at - steps[0]!.at).toBeGreaterThanOrEqual(100);
  expect(close).toHaveBeenCalledTimes(1);
  // Open no more: it can be opened again.
  await sendBreak(PORT, load);
});

test('a port that is not there is PORT', async () => {
  await expect(sendBreak('/dev/none', load)).rejects.toMatchObject({
    code: 'PORT',
    fix: expect.stringContaining('boards'),
  });
});

test('a package that is not installed is TOOL', async () => {
  const missing = Object.assign(new Error("Cannot find package 'serialport'"), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(sendBreak(PORT, () => Promise.reject(missing))).rejects.toMatchObject({
    code: 'TOOL',
    fix: expect.stringContaining('npm install serialport'),
  });
});

(socatWanted ? test : test.skip)('a port that knows no break, as a pseudo terminal of socat, is PORT', async () => {
  await using board = await PtyBoard.plugged();
  for (let times = 0; times < 2; times++) {
    await expect(sendBreak(board.port)).rejects.toMatchObject({
      code: 'PORT',
      message: expect.stringContaining('a break could not be sent'),
      fix: 'Press RESET on the board.',
    });
  }
});
