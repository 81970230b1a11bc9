/** `mts firmware boards`: which boards are plugged in, where their drives and serial ports are, and what is wrong with each. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';

const options = {
  json: { type: 'boolean', default: false, describe: 'Print one JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

const NONE = `No board was found on USB. See that
  - the cable carries data: many only charge,
  - it is in the connector marked OpenSDA, not in the K64F's own USB beside it,
  - the green light beside that connector is on,
  - no virtual machine has taken the board for itself, or, inside of one, that it was handed on to it.
A board with another debug firmware than DAPLink may have no drive at all: https://daplink.io has it for the FRDM-K64F.
`;

export const boardsVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['firmware boards', 'What is plugged in'],
    ['firmware boards --json', 'The same for a program'],
  ],
  builder: (yargs) =>
    yargs.options(options).epilogue('Exit: 0 if a board is plugged in, 1 if none is, 3 if the system does not tell.'),
  handler: async ({ json }) => {
    const [{ driveSystem }, { findDrives }, { boardsJson, boardsText }] = await Promise.all([
      import('../firmware/system.ts'),
      import('../../firmware-template/drive/find.ts'),
      import('../firmware/boards-text.ts'),
    ]);
    const boards = await findDrives(driveSystem());
    if (boards.length === 0) {
      io.err(NONE);
      end(1);
    }
    if (json) await io.out(`${JSON.stringify(boardsJson(boards))}\n`);
    else if (boards.length > 0) await io.out(boardsText(boards));
  },
});
