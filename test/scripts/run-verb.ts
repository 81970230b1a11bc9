/** Runs a command line in this process: the whole of the command but for the process, with a world that a test chooses. */
import { type Io, main } from '../../scripts/cli.ts';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Nobody at the terminal, no waiting, and never a Ctrl-C, unless `more` says otherwise. */
export async function runVerb(words: readonly string[], more: Partial<Io> = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const never = new AbortController().signal;
  const io: Io = {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    errIsTerminal: false,
    ask: undefined,
    columns: 80,
    now: Date.now,
    sleep: async () => undefined,
    stop: never,
    abandon: never,
    ...more,
  };
  const status = await main(words, io);
  return { status, out, err };
}
