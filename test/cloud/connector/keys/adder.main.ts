/** Adds keys to a file, and removes every third again: `node adder.main.ts FILE NAME MANY`. Prints the ids that stay. */
import { openKeys } from '../../../../cloud/connector/keys/keys.ts';
import { systemWorld } from '../events/system-world.ts';

const [, , path, name, many] = process.argv;
const keys = openKeys(path!, systemWorld);
for (let index = 0; index < Number(many); index++) {
  const { id } = keys.add({ name: `${name}-${index}` });
  if (index % 3 === 0) keys.remove(id);
  else console.log(id);
}
keys.close();
