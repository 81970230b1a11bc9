/** The schema as a file, for editors: what it says is what files are checked by. `WRITE=1` writes it anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { SCENARIO_SCHEMA } from '../../../simulator/scenario/schema.ts';

const FILE = new URL('../../../simulator/scenario/schema.json', import.meta.url);

test('the published schema is the one that files are checked by', async () => {
  if (process.env.WRITE !== undefined) await writeFile(FILE, `${JSON.stringify(SCENARIO_SCHEMA, undefined, 2)}\n`);
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(SCENARIO_SCHEMA)));
});
