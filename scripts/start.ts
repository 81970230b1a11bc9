/** Connects the command to this process: its words, streams, signals and clock. The only file that does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Io, main } from './cli.ts';
import { aroundRedrawnLine } from './redrawn-line.ts';

/** Runs the command line of this process and sets its exit status. */
export async function start(): Promise<void> {
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const interrupt = (): void => (stop.signal.aborted ? abandon : stop).abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  for (const stream of [process.stdout, process.stderr]) goOnWithoutReader(stream);
  const errIsTerminal = process.stderr.isTTY === true;
  const err = (text: string): void => void (process.stderr.writable && process.stderr.write(text));
  const io: Io = {
    out: (text) => write(process.stdout, text),
    err: errIsTerminal ? aroundRedrawnLine(err) : err,
    errIsTerminal,
    ask: process.stdin.isTTY && process.stderr.isTTY ? (question) => ask(question, interrupt, stop.signal) : undefined,
    keys: process.stdin.isTTY ? () => keys(interrupt) : undefined,
    columns: process.stdout.columns ?? 80,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    stop: stop.signal,
    abandon: abandon.signal,
  };
  process.exitCode = await main(process.argv.slice(2), io);
  // A finished command does not wait for idle keep-alive connections or watchers.
  if (process.stdout.writable) process.stdout.write('', () => process.exit());
  else process.exit();
}

/** One line from the terminal, '' at Ctrl-C, which here comes as a key. */
async function ask(question: string, interrupt: () => void, stop: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', interrupt);
  try {
    return await terminal.question(question, { signal: stop });
  } catch {
    return '';
  } finally {
    terminal.close();
  }
}

/** Each key by itself, without waiting for a line; Ctrl-C, which here comes as a key, does what it does. */
async function* keys(interrupt: () => void): AsyncGenerator<string, void, undefined> {
  const { stdin } = process;
  stdin.setRawMode(true);
  try {
    for await (const typed of stdin.setEncoding('utf8')) {
      for (const key of String(typed)) {
        if (key === '\u0003') interrupt();
        yield key;
      }
    }
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}

/** `mts report | head`: a reader that has seen enough is no error, and changes neither the work nor the status. */
function goOnWithoutReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`mts: what was asked for cannot be written: ${error.code ?? error.message}\n`);
    process.exit(3);
  });
}

/** Waits while the reader is slow, so that long output is never held in memory; not for one that has gone. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable || stream.write(text)) {
      resolve();
      return;
    }
    const goOn = (): void => {
      stream.off('drain', goOn);
      stream.off('close', goOn);
      resolve();
    };
    stream.on('drain', goOn);
    stream.on('close', goOn);
  });
}
