/** `mts copy`: moves a store's counts, with what is remembered of each board, into another store. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Copied } from '../../cloud/ingest/copy.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { isSamePlace, openPlace, type Place, placeOf } from '../copy-places.ts';
import { type PlatformWords, platformOptions } from '../platforms.ts';
import { printable } from '../printable.ts';
import { CLEAR } from '../redrawn-line.ts';
import { temporaryFolder } from '../run-and-compare.ts';

const { platform: _, store: __, data: ___, 'azure-resource': ____, 'azure-region': _____, ...rest } = platformOptions;

const options = {
  from: {
    type: 'string',
    demandOption: true,
    describe: 'The store to copy, like local:./presses, dynamodb, table, firestore',
  },
  to: { type: 'string', demandOption: true, describe: 'The store to copy to, likewise; made if it is not there' },
  endpoint: { type: 'string', array: true, describe: 'Only these boards' },
  replace: {
    type: 'boolean',
    default: false,
    describe: 'Also replace what is newer there, or was counted apart; what a sink was told of it stays',
  },
  'dry-run': { type: 'boolean', default: false, describe: 'Say what would be done' },
  ...rest,
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

/** Refusals that people are shown; JSON has all. */
const SHOWN = 10;
const PROGRESS_MS = 1_000;

export const copyVerb: Verb<Args> = (io, end) => ({
  examples: [
    [
      'copy --from local:./presses --to table --azure-account presses01',
      'To Azure; end what receives first, on both sides',
    ],
    ['copy --from dynamodb --to local:./presses --region eu-west-1 --dry-run', 'What would be brought home from AWS'],
    ['copy --from local:./old --to local:./new --endpoint board-0001', 'One board'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => copy(args, io, end),
});

async function copy(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  const [from, to] = [placeOf('--from', args.from), placeOf('--to', args.to)];
  if (isSamePlace(from, to)) throw new UsageError('--from and --to are the same place', 'Give two.');
  const { copyStore } = await import('../../cloud/ingest/copy.ts');
  const words = { ...args, platform: 'local' };
  const source = await openPlace(from, words, { create: false, now: io.now });
  try {
    const target = await openTarget(to, words, args.dryRun, io.now);
    try {
      const progress = progressOn(io);
      const done = await copyStore(source, target, {
        ...{ replace: args.replace, dryRun: args.dryRun, signal: io.stop, onProgress: progress.show },
        ...(args.endpoint === undefined ? {} : { endpoints: args.endpoint }),
      });
      progress.end();
      await io.out(
        args.json ? `${JSON.stringify({ ...done, stopped: io.stop.aborted })}\n` : textOf(done, args.dryRun),
      );
      if (io.stop.aborted) io.err('Stopped: the same command goes on.\n');
      if (done.refused.length > 0 || io.stop.aborted) end(1);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** In a dry run, a folder or table that a copy would make is one with nothing in it. */
async function openTarget(place: Place, words: PlatformWords, dryRun: boolean, now: Io['now']): Promise<Store> {
  if (!dryRun) return await openPlace(place, words, { create: true, now });
  if (place.store === 'local' && !existsSync(place.which ?? '')) return await emptyStore();
  try {
    return await openPlace(place, words, { create: false, now });
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
    if (place.store === 'table' && code === 'TableNotFound') return await emptyStore();
    throw error;
  }
}

async function emptyStore(): Promise<Store> {
  const { openLocalStore } = await import('../../cloud/platforms/local/store.ts');
  const dir = await temporaryFolder();
  const empty = openLocalStore({ dir, create: true, maxAside: 0 });
  return Object.assign(empty, {
    close: async (): Promise<void> => {
      await Object.getPrototypeOf(empty).close.call(empty);
      await rm(dir, { recursive: true });
    },
  });
}

function textOf({ copied, hours, presses, same, refused, aside }: Copied, dryRun: boolean): string {
  const lines = refused.slice(0, SHOWN).map(({ endpoint, reason }) => `  ${printable(endpoint)}: ${reason}\n`);
  if (refused.length > SHOWN) lines.push(`  … and ${refused.length - SHOWN} more (--json has all)\n`);
  const would = dryRun ? 'would be copied' : 'copied';
  return (
    `${copied} boards ${would}, with ${presses} presses in ${hours} hours; ${same} were the same already; ` +
    `${refused.length} refused; ${aside} set aside\n${lines.join('')}`
  );
}

function progressOn({ err, errIsTerminal, now }: Pick<Io, 'err' | 'errIsTerminal' | 'now'>) {
  let next = now() + PROGRESS_MS;
  let isShown = false;
  return {
    show({ copied, same, refused }: Copied): void {
      if (now() < next) return;
      next = now() + PROGRESS_MS * (errIsTerminal ? 1 : 10);
      const line = `${copied} boards copied, ${same} the same, ${refused.length} refused`;
      err(errIsTerminal ? `${CLEAR}${line}` : `${line}\n`);
      isShown = true;
    },
    end(): void {
      if (isShown && errIsTerminal) err(CLEAR);
    },
  };
}
