/** `mts firmware monitor` as a process, on a serial port with a board at its other end. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mts, startMts } from '../e2e/run-mts.ts';
import { PtyBoard, socatWanted } from './pty-board.ts';

(socatWanted ? describe : describe.skip)('on a pseudo terminal of socat', () => {
  test('--until registered ends with 0, and explains what went before', async () => {
    await using board = await PtyBoard.plugged();
    const run = startMts('firmware', 'monitor', '--port', board.port, '--until', 'registered', '--timeout', '20s');
    await run.said(/Listening to/);
    await board.print('\nStarting mbed Client example in IPv4 mode\n[EasyConnect] IP address 192.168.1.77\n');
    await board.print('\r\n[ERROR:] M2MInterface::NetworkError\r\n\r\n[ERROR:] M2MInterface::NetworkError\r\n');
    await board.print('\r\nRegistered object successfully!\r\nnever printed\r\n');
    const { status, out, err } = await run.ended;
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, ''))).toEqual([
      'Starting mbed Client example in IPv4 mode',
      '[EasyConnect] IP address 192.168.1.77',
      '[ERROR:] M2MInterface::NetworkError',
      '[ERROR:] M2MInterface::NetworkError',
      'Registered object successfully!',
      '',
    ]);
    expect(err.match(/the server cannot be reached/g)).toHaveLength(1);
    expect(err).toContain('no firewall keeps that port closed');
  });

  test('a port that goes and comes back is listened to again; --json is one document at the end', async () => {
    await using board = await PtyBoard.plugged();
    const run = startMts('firmware', 'monitor', '--port', board.port, '--until', 'press', '--json');
    await run.said(/Listening to/);
    await board.print('Registered object successfully!\r\nhalf a l');
    await run.said(/Registered object/);
    await board.pull();
    await run.said(/The port is gone/);
    await board.plug();
    await run.said(/The port is back/);
    await board.print('handle_button_click, new value of counter is 7\n');
    const { status, out, err } = await run.ended;
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual({
      port: board.port,
      ended: 'heard',
      registered: true,
      lines: 3,
      reconnects: 1,
      heard: [
        expect.objectContaining({
          code: 'registered',
          kind: 'good',
          fix: null,
          times: 1,
          first: expect.stringMatching(/^\d{4}-.*Z$/),
        }),
        expect.objectContaining({ code: 'press', meaning: expect.stringContaining('7') }),
      ],
    });
    expect(err).toContain('half a l\n');
  });

  test('what is waited for and does not come is 1', async () => {
    await using board = await PtyBoard.plugged();
    const words = [
      'firmware',
      'monitor',
      '--port',
      board.port,
      '--until',
      'registered',
      '--timeout',
      '300ms',
      '--json',
    ];
    const { status, out, err } = await mts(...words);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ended: 'timeout', registered: false, lines: 0, heard: [] });
    expect(err).toContain('the board was not seen to register');
  });

  test('Ctrl-C is a good end, and the end of --timeout is too', async () => {
    await using board = await PtyBoard.plugged();
    const run = startMts('firmware', 'monitor', '--port', board.port);
    await run.said(/Listening to/);
    run.interrupt();
    expect(await run.ended).toMatchObject({ status: 0, out: '' });
    expect((await mts('firmware', 'monitor', '--port', board.port, '--timeout', '100ms')).status).toBe(0);
    const waiting = startMts('firmware', 'monitor', '--port', board.port, '--until', 'press');
    await waiting.said(/Listening to/);
    waiting.interrupt();
    expect((await waiting.ended).status).toBe(1);
  });

  test('--log keeps the lines, in a file of its owner alone, after what is in it', async () => {
    await using board = await PtyBoard.plugged();
    const log = join(board.dir, 'board.log');
    for (const line of ['first', 'second']) {
      const run = startMts('firmware', 'monitor', '--port', board.port, '--log', log, '--until', 'press');
      await run.said(/Listening to/);
      await board.print(`${line}\nhandle_button_click, new value of counter is 1\n`);
      expect((await run.ended).status).toBe(0);
    }
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}/, ''))).toEqual([
      'first',
      'handle_button_click, new value of counter is 1',
      'second',
      'handle_button_click, new value of counter is 1',
    ]);
  });

  test('what a board prints cannot move the cursor, nor what is no text stop it', async () => {
    await using board = await PtyBoard.plugged();
    const run = startMts('firmware', 'monitor', '--port', board.port, '--until', 'press', '--json');
    await run.said(/Listening to/);
    await board.print(Uint8Array.of(0xff, 0xfe, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a));
    await board.print('mbed assertation failed: \u001b]0;x\u0007\nhandle_button_click, new value of counter is 1\n');
    const { status, out, err } = await run.ended;
    expect(status).toBe(0);
    for (const text of [out, err]) expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(err).toContain('·[2J');
    expect(JSON.parse(out)).toMatchObject({ lines: 3 });
  });

  test('a port that another has open is said to be', async () => {
    await using board = await PtyBoard.plugged();
    const first = startMts('firmware', 'monitor', '--port', board.port);
    await first.said(/Listening to/);
    const second = await mts('firmware', 'monitor', '--port', board.port, '--timeout', '5s');
    expect(second).toMatchObject({ status: 3, err: expect.stringContaining('another program has') });
    first.interrupt();
    await first.ended;
  });
});

test('a port that is not there, or none at all, is 3', async () => {
  const { status, err } = await mts('firmware', 'monitor', '--port', '/dev/no-such-port');
  expect(status).toBe(3);
  expect(err).toContain('there is no port /dev/no-such-port');
  const other = await mts('firmware', 'monitor', '--port', '/dev/null');
  expect(other).toMatchObject({ status: 3, err: expect.stringContaining('/dev/null is no serial port') });
});

test.each([
  [['--until', 'dinner'], '--until is dinner'],
  [['--timeout', 'soon'], '--timeout is soon'],
  [['--baud', 'fast'], '--baud is fast'],
  [['--board', '02'], '--board is 02'],
  [['--board', '0240', '--port', '/dev/x'], 'both given'],
])('%j is refused', async (words, message) => {
  expect(await mts('firmware', 'monitor', ...words)).toMatchObject({
    status: 2,
    err: expect.stringContaining(message),
  });
});

test('a log that cannot be written is said before anything is listened to', async () => {
  const { status, err } = await mts('firmware', 'monitor', '--port', '/dev/null', '--log', '/no/such/folder/x');
  expect({ status, err }).toEqual({
    status: 3,
    err: expect.stringContaining('the log /no/such/folder/x cannot be written: ENOENT'),
  });
  expect(await mts('firmware', 'monitor', '--port', '/dev/null', '--log', '/dev/null')).toMatchObject({
    status: 3,
    err: expect.stringContaining('it is no file'),
  });
});
