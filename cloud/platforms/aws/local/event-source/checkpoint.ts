/**
 * How far each shard was handed over, kept in a small file so that the next start goes on from there. It is written after
 * the function is done: a crash in between hands records over twice, which Lambda does, too.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { OutsideError } from '../../../../protocol/errors.ts';

/** A sequence number, or `closed`: all of a shard that gets no more. */
export type Position = string;
export const CLOSED: Position = 'closed';

export interface Checkpoint {
  of(shardId: string): Position | undefined;
  set(shardId: string, position: Position): void;
  /** Forgets shards that the stream does not have any more. */
  keep(shardIds: ReadonlySet<string>): void;
}

/** Without `file`, in memory alone. Positions of another stream are left out. OutsideError FILE if it is no checkpoint. */
export function openCheckpoint(streamArn: string, file?: string): Checkpoint {
  const positions = new Map(file === undefined ? [] : read(file, streamArn));
  const save = (): void => {
    if (file === undefined) return;
    writeFileSync(`${file}.part`, `${JSON.stringify({ streamArn, shards: Object.fromEntries(positions) })}\n`, {
      mode: 0o600,
    });
    renameSync(`${file}.part`, file);
  };
  return {
    of: (shardId) => positions.get(shardId),
    set(shardId, position) {
      if (positions.get(shardId) === position) return;
      positions.set(shardId, position);
      save();
    },
    keep(shardIds) {
      const gone = [...positions.keys()].filter((id) => !shardIds.has(id));
      for (const id of gone) positions.delete(id);
      if (gone.length > 0) save();
    },
  };
}

function read(file: string, streamArn: string): [string, Position][] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw damaged(file, error);
  }
  try {
    const saved = JSON.parse(text) as { streamArn?: unknown; shards?: unknown };
    if (typeof saved.streamArn !== 'string' || typeof saved.shards !== 'object' || saved.shards === null)
      throw new Error('other fields');
    const entries = Object.entries(saved.shards);
    if (!entries.every(([, position]) => position === CLOSED || /^\d+$/.test(String(position))))
      throw new Error('no position');
    return saved.streamArn === streamArn ? (entries as [string, Position][]) : [];
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: string, cause: unknown): OutsideError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OutsideError(
    'FILE',
    `${file} does not say how far the stream was read: ${why}`,
    'Give another folder, or remove the file: the stream is then read from its beginning, and the metrics count it again.',
    { cause },
  );
}
