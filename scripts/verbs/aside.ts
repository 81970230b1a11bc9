/** `mts aside`: what was set aside because it was not understood, and giving it another try. */
import type { InferredOptionTypes } from 'yargs';
import type { AsideItem, Store } from '../../cloud/ingest/store.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { printable } from '../printable.ts';
import { choice } from '../words.ts';

const ACTIONS = ['list', 'replay', 'drop'] as const;
/** Bytes of each thing that a list shows. */
const SHOWN_BYTES = 200;

const options = {
  ...platformOptions,
  key: { type: 'string', array: true, describe: 'Only these (as the list names them)' },
  all: { type: 'boolean', describe: 'Drop everything', conflicts: 'key' },
  json: { type: 'boolean', default: false, describe: 'One JSON document; bodies in base64' },
} as const;

type Args = InferredOptionTypes<typeof options> & { readonly action: string };

export const asideVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['aside list --data ./presses', 'What was set aside, and why'],
    ['aside replay --data ./presses', 'Count it now, if this version understands it'],
    ['aside drop --data ./presses --all', 'Give it up, and make room'],
  ],
  builder: (yargs) =>
    yargs.positional('action', { type: 'string', demandOption: true, describe: ACTIONS.join(', ') }).options(options),
  handler: async (args) => {
    const action = choice('what to do', args.action, ACTIONS);
    const store = await openStore(args, { create: false });
    try {
      const keys = args.key === undefined ? undefined : new Set(args.key);
      if (action === 'list') return await list(store.aside(), keys, args.json, io);
      if (action === 'drop') return await drop(store, keys, args, io);
      const { replay } = await import('../../cloud/ingest/replay.ts');
      const done = await replay(store, keys);
      if (keys !== undefined && done.understood + done.kept === 0) {
        throw new UsageError('nothing that is set aside has this key', 'See `mts aside list`.');
      }
      if (args.json) await io.out(`${JSON.stringify(done)}\n`);
      else
        await io.out(
          `${done.understood} understood now, ${done.presses} presses counted; ${done.kept} still set aside\n`,
        );
      if (done.kept > 0) end(1);
    } finally {
      await store.close();
    }
  },
});

async function drop(
  store: Pick<Store, 'aside' | 'dropAside' | 'totals'>,
  keys: ReadonlySet<string> | undefined,
  args: { readonly all?: boolean | undefined; readonly json: boolean },
  io: Io,
): Promise<void> {
  if (keys === undefined && args.all !== true) {
    throw new UsageError('nothing says what to drop', 'Give --key KEY, as the list names it, or --all.');
  }
  const before = (await store.totals()).setAside;
  for await (const { key } of store.aside()) if (keys?.has(key) ?? true) await store.dropAside([key]);
  const kept = (await store.totals()).setAside;
  const dropped = before - kept;
  await io.out(args.json ? `${JSON.stringify({ dropped, kept })}\n` : `${dropped} dropped, ${kept} still set aside\n`);
}

async function list(
  items: AsyncIterable<AsideItem>,
  keys: ReadonlySet<string> | undefined,
  json: boolean,
  io: Io,
): Promise<void> {
  let count = 0;
  if (json) await io.out('{"aside":[');
  for await (const { key, receivedAt, reason, body } of items) {
    if (keys !== undefined && !keys.has(key)) continue;
    const received = new Date(receivedAt).toISOString();
    const bytes = Buffer.from(body);
    if (json) {
      const item = { key, received, reason, bytes: bytes.length, body: bytes.toString('base64') };
      await io.out(`${count > 0 ? ',\n' : ''}${JSON.stringify(item)}`);
    } else {
      const more = bytes.length > SHOWN_BYTES ? '…' : '';
      await io.out(
        `${key}  ${received}  ${bytes.length} bytes: ${reason}\n    ${printable(bytes.subarray(0, SHOWN_BYTES).toString('utf8'))}${more}\n`,
      );
    }
    count += 1;
  }
  await io.out(json ? ']}\n' : `${count} set aside\n`);
}
