/** `mts firmware monitor`: what a board prints on its serial port, what it means, and what to do about it. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { MonitorEvent, MonitorResult, MonitorWorld } from '../../firmware-template/serial/monitor.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { choice, duration, wholeNumber } from '../words.ts';

const options = {
  board: { type: 'string', describe: 'First letters of the ID of the board, at least 4: see `mts firmware boards`' },
  port: { type: 'string', describe: 'Its serial port, in place of the one that is found: /dev/ttyACM0, COM3' },
  baud: { type: 'string', default: '115200', describe: 'Its speed' },
  log: {
    type: 'string',
    describe: 'Also write every line to the end of this file, which only you can read if it is new',
  },
  until: { type: 'string', describe: 'End when the board says so: registered, or press' },
  timeout: { type: 'string', describe: 'End after so long, like 2m' },
  json: { type: 'boolean', default: false, describe: 'Print one JSON document at the end, the lines to stderr' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const monitorVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['firmware monitor', 'Of the only board, until Ctrl-C'],
    [
      'firmware monitor --until registered --timeout 2m',
      'Exit 0 when it has registered, 1 if it has not in two minutes',
    ],
    ['firmware monitor --port /dev/ttyACM0 --log board.log', 'Another port, with a log'],
  ],
  builder: (yargs) =>
    yargs
      .options(options)
      .epilogue('Exit: 0, or 1 if what --until waits for was not said; 3 if the port is missing or not yours to open.'),
  handler: (args) => listen(args, io, end),
});

async function listen(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  const until = args.until === undefined ? undefined : choice('--until', args.until, ['registered', 'press'] as const);
  const timeoutMs = args.timeout === undefined ? undefined : duration('--timeout', args.timeout);
  const baud = wholeNumber('--baud', args.baud, 300, 4_000_000);
  const [port, { monitor }, { openPort }] = await Promise.all([
    portOf(args),
    import('../../firmware-template/serial/monitor.ts'),
    import('../firmware/serial-port.ts'),
  ]);
  await using screen = await screenOf(args, port, io);
  const world: MonitorWorld = {
    open: (onData) => openPort(port, baud, onData),
    now: io.now,
    sleep: io.sleep,
    stop: io.stop,
    tell: screen.show,
  };
  const result = await monitor(world, { until, timeoutMs });
  await screen.end(result);
  if (until !== undefined && result.ended !== 'heard') {
    io.err(`mts: ${until === 'press' ? 'no press was seen' : 'the board was not seen to register'}\n`);
    end(1);
  }
}

async function portOf({ port, board }: Args): Promise<string> {
  if (port !== undefined) {
    if (board !== undefined) throw new UsageError('--board and --port are both given', 'Give one of them.');
    return port;
  }
  if (board !== undefined && !/^[0-9a-z]{4,64}$/i.test(board)) {
    throw new UsageError(
      `--board is ${board}`,
      'Give at least the first 4 letters of its ID: see `mts firmware boards`.',
    );
  }
  const [{ driveSystem }, { choosePort }] = await Promise.all([
    import('../firmware/system.ts'),
    import('../../firmware-template/drive/ports.ts'),
  ]);
  return choosePort((await driveSystem().look()).ports, board).path;
}

interface Screen extends AsyncDisposable {
  readonly show: (event: MonitorEvent) => void;
  readonly end: (result: MonitorResult) => Promise<void>;
}

/** Where lines go: stdout, or stderr beside a document; and the log. */
async function screenOf({ log, json }: Args, port: string, io: Io): Promise<Screen> {
  const { adviceOn, lineText, loggedLine, monitorJson } = await import('../firmware/monitor-text.ts');
  const file = log === undefined ? undefined : (await import('../firmware/line-log.ts')).openLog(log);
  // Lines keep their order, and whoever waits for the end waits for the last of them.
  let written = Promise.resolve();
  const show = (event: MonitorEvent): void => {
    if (event.kind !== 'line') {
      io.err(event.kind === 'open' ? `Listening to ${port} (times are UTC); Ctrl-C ends it.\n` : EVENTS[event.kind]);
      return;
    }
    file?.write(loggedLine(event));
    if (json) io.err(lineText(event));
    else written = written.then(() => io.out(lineText(event)));
    io.err(adviceOn(event.heard));
  };
  return {
    show,
    end: async (result) => {
      await written;
      if (json) await io.out(`${JSON.stringify(monitorJson(port, result))}\n`);
    },
    [Symbol.asyncDispose]: async () => file?.close(),
  };
}

const EVENTS: Readonly<Record<Exclude<MonitorEvent['kind'], 'line' | 'open'>, string>> = {
  silent: 'The board has said nothing yet: press RESET on it to see it start.\n',
  gone: 'The port is gone; it is waited for.\n',
  back: 'The port is back.\n',
};
