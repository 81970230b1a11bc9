/** `mts credentials revoke`: the server refuses the board from now on. */
import type { InferredOptionTypes } from 'yargs';
import { endpointName } from '../../firmware-template/names.ts';
import type { Verb } from '../cli.ts';
import { printable } from '../printable.ts';

const options = {
  credentials: { type: 'string', demandOption: true, describe: 'Folder that `mts credentials init` made' },
  endpoint: { type: 'string', demandOption: true, describe: "The board's endpoint name" },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const revokeVerb: Verb<Args> = (io) => ({
  examples: [
    ['credentials revoke --credentials credentials --endpoint board-1', 'A board that was lost, or its key seen'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async ({ credentials: dir, endpoint, json }) => {
    const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
    const credentials = await openCredentials(dir);
    const changed = await credentials.revoke(endpointName(endpoint), new Date(io.now()));
    if (json) await io.out(`${JSON.stringify({ result: changed ? 'revoked' : 'unchanged', endpoint })}\n`);
    else if (!changed) await io.out(`${printable(endpoint)} is revoked already.\n`);
    else {
      await io.out(
        `${printable(endpoint)} is revoked. A connector that serves with this folder sees it within seconds.\n`,
      );
    }
  },
});
