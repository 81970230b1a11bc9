/** Listing, replaying and dropping what was set aside: what `mts aside` and `mts aws aside` share. */
import type { AsideItem, Store } from '../cloud/ingest/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Io, Status } from './cli.ts';
import { printable } from './printable.ts';

export const ASIDE_ACTIONS = ['list', 'replay', 'drop'] as const;

export const asideOptions = {
  key: { type: 'string', array: true, describe: 'Only these (as the list names them)' },
  all: { type: 'boolean', describe: 'Drop everything', conflicts: 'key' },
  json: { type: 'boolean', default: false, describe: 'One JSON document; bodies in base64' },
} as const;

/** Bytes of each thing that a list shows. */
const SHOWN_BYTES = 200;

export type Keys = ReadonlySet<string> | undefined;

/** Prints them, the oldest key first. */
export async function listAside(items: AsyncIterable<AsideItem>, keys: Keys, json: boolean, io: Io): Promise<void> {
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

/** Gives them another try; the status tells whether any are left. UsageError if none has these keys. */
export async function replayAside(
  store: Pick<Store, 'aside' | 'setAside' | 'apply' | 'dropAside'>,
  keys: Keys,
  json: boolean,
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  const { replay } = await import('../cloud/ingest/replay.ts');
  const done = await replay(store, keys);
  if (keys !== undefined && done.understood + done.kept === 0) {
    throw new UsageError('nothing that is set aside has this key', 'See the list.');
  }
  const { understood, presses, kept } = done;
  const text = `${understood} understood now, ${presses} presses counted; ${kept} still set aside\n`;
  await io.out(json ? `${JSON.stringify(done)}\n` : text);
  if (kept > 0) end(1);
}

/** Forgets those of the keys, or all of them if that was said. */
export async function dropAside(
  place: Pick<Store, 'aside' | 'dropAside'>,
  keys: Keys,
  args: { readonly all?: boolean | undefined; readonly json: boolean },
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  if (keys === undefined && args.all !== true) {
    throw new UsageError('nothing says what to drop', 'Give --key KEY, as the list names it, or --all.');
  }
  let [dropped, kept] = [0, 0];
  const missing = new Set(keys);
  for await (const { key } of place.aside()) {
    if (keys?.has(key) ?? true) {
      await place.dropAside([key]);
      dropped += 1;
      missing.delete(key);
    } else kept += 1;
  }
  await io.out(args.json ? `${JSON.stringify({ dropped, kept })}\n` : `${dropped} dropped, ${kept} still set aside\n`);
  if (missing.size === 0) return;
  io.err(`mts: nothing that is set aside has the key ${[...missing].join(', ')}\n`);
  end(1);
}
