/** `mts connector key add|list|remove`: who may use the API. A connector that runs sees it within a second. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeConnectorFolder } from '../../cloud/connector/connector.ts';
import { type Keys, openKeys } from '../../cloud/connector/keys/keys.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Status } from '../cli.ts';
import { readKeyFile } from '../key-file.ts';
import { printable } from '../printable.ts';
import { duration } from '../words.ts';

export const KEY_ACTIONS = ['add', 'list', 'remove'] as const;

export interface KeyWords {
  readonly action: (typeof KEY_ACTIONS)[number];
  readonly name: string | undefined;
  readonly data: string;
  readonly expires: string | undefined;
  readonly keyFile: string | undefined;
  readonly json: boolean;
}

export async function manageKeys(
  { action, name, data, expires, keyFile, json }: KeyWords,
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  if (action === 'list' && name !== undefined)
    throw new UsageError(`${name} is one word too many`, 'Leave it out: all keys are listed.');
  if (action !== 'list' && name === undefined)
    throw new UsageError(`the key to ${action} has no name`, `Write \`mts connector key ${action} NAME\`.`);
  if (action === 'add') await makeConnectorFolder(data);
  else if (!existsSync(data))
    throw new OutsideError('FILE', `there is no folder ${data}`, 'Give the --data of the connector.');
  const keys = openKeys(join(data, 'keys.json'), {
    wall: io.now,
    // This process ends before a change by others could matter.
    after: () => ({ cancel: () => undefined }),
  });
  try {
    if (action === 'add') {
      const text = keyFile === undefined ? {} : { text: (await readKeyFile(keyFile)).key };
      const until = expires === undefined ? {} : { expiresMs: io.now() + duration('--expires', expires) };
      const added = keys.add({ name: name!, ...text, ...until });
      if (json) await io.out(`${JSON.stringify({ name, ...added })}\n`);
      else {
        io.err(`mts: the key ${name} is made; it is shown this once\n`);
        await io.out(`${added.text}\n`);
      }
    } else if (action === 'remove') {
      const isRemoved = keys.remove(name!);
      if (json) await io.out(`${JSON.stringify({ name, removed: isRemoved })}\n`);
      else await io.out(isRemoved ? `${name} is removed\n` : `there is no key ${name}\n`);
      if (!isRemoved) end(1);
    } else await list(keys, json, io);
  } finally {
    keys.close();
  }
}

async function list(keys: Keys, json: boolean, io: Io): Promise<void> {
  const listed = keys.list().map(({ id, name, createdMs, expiresMs }) => ({
    ...{ id, name, created: new Date(createdMs).toISOString() },
    ...(expiresMs === undefined ? {} : { expires: new Date(expiresMs).toISOString(), expired: expiresMs <= io.now() }),
  }));
  if (json) await io.out(`${JSON.stringify({ keys: listed })}\n`);
  else if (listed.length === 0) await io.out('There are no keys.\n');
  else {
    for (const { id, name, created, expires, expired } of listed) {
      const until = expires === undefined ? '' : expired === true ? `, expired ${expires}` : `, until ${expires}`;
      await io.out(`${id}  ${printable(name)}  since ${created}${until}\n`);
    }
  }
}
