/** `mts credentials list`: the boards of a folder, and how it stands with each. */
import type { InferredOptionTypes } from 'yargs';
import type { BrokenBoard, KeptBoard } from '../../firmware-template/credentials/folder.ts';
import type { Io, Verb } from '../cli.ts';
import { day } from '../firmware/certificate-text.ts';
import { printable } from '../printable.ts';

const options = {
  credentials: { type: 'string', demandOption: true, describe: 'Folder that `mts credentials init` made' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

/** A line of the list. */
interface Row {
  readonly endpoint: string;
  readonly domain: string;
  readonly until: string;
  readonly state: 'good' | 'another authority' | 'expired' | 'not yet good' | 'revoked';
}

export const listVerb: Verb<Args> = (io, end) => ({
  examples: [['credentials list --credentials credentials', 'Exit 1 if a folder in it is damaged']],
  builder: (yargs) => yargs.options(options),
  handler: async ({ credentials: dir, json }) => {
    const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
    const [rows, broken]: [Row[], BrokenBoard[]] = [[], []];
    for await (const board of (await openCredentials(dir)).boards()) {
      if ('problem' in board) broken.push(board);
      else rows.push(rowOf(board, new Date(io.now())));
    }
    for (const { problem } of broken) io.err(`mts: ${printable(problem)}\n`);
    if (json) await io.out(`${JSON.stringify({ boards: rows, broken })}\n`);
    else await printTable(rows, io);
    if (broken.length > 0) end(1);
  },
});

function rowOf({ endpoint, domain, certificate, own, revoked }: KeptBoard, now: Date): Row {
  const { notBefore, notAfter } = certificate;
  const states: readonly (readonly [boolean, Row['state']])[] = [
    [revoked, 'revoked'],
    [notAfter <= now, 'expired'],
    [notBefore > now, 'not yet good'],
    [!own, 'another authority'],
  ];
  const state = states.find(([is]) => is)?.[1] ?? 'good';
  return { endpoint, domain, until: day(notAfter), state };
}

const MEANINGS: Readonly<Partial<Record<Row['state'], string>>> = {
  'another authority': 'another authority: the connector takes it only by its certificate',
};

async function printTable(rows: readonly Row[], io: Io): Promise<void> {
  if (rows.length === 0) return io.out('No boards yet: `mts credentials issue` makes one.\n');
  const width = (key: 'endpoint' | 'domain'): number => Math.max(key.length, ...rows.map((row) => row[key].length)) + 2;
  const [first, second] = [width('endpoint'), width('domain')];
  await io.out(`${'endpoint'.padEnd(first)}${'domain'.padEnd(second)}until       state\n`);
  for (const { endpoint, domain, until, state } of rows) {
    const names = printable(endpoint).padEnd(first) + printable(domain).padEnd(second);
    await io.out(`${names}${until}  ${MEANINGS[state] ?? state}\n`);
  }
}
