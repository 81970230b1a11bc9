/** Runs carbon-cache of this machine in a folder of its own and waits until it listens. */

import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Server, startServer } from '../../server-process.ts';
import type { CarbonPorts } from './conf.ts';
import { placesIn } from './conf.ts';
import type { Programs } from './programs.ts';

export interface CarbonCacheOptions {
  /** Its configuration is there already (conf.ts). */
  readonly folder: string;
  readonly ports: CarbonPorts;
  readonly programs: Programs;
  readonly signal?: AbortSignal;
}

/** OutsideError SERVER if it does not start. */
export async function startCarbonCache({ folder, ports, programs, signal }: CarbonCacheOptions): Promise<Server> {
  const { carbonConf, pid } = placesIn(folder);
  // Left by one that was killed: it would be told that it runs.
  await rm(pid, { force: true });
  return startServer({
    name: 'carbon-cache',
    command: [programs.carbonCache, `--config=${carbonConf}`, `--pidfile=${pid}`, '--nodaemon', 'start'],
    cwd: folder,
    environment: { PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
    isReady: async () => {
      const answers = await Promise.all([ports.plaintext, ports.pickle, ports.query].map(listens));
      return answers.every((answer) => answer);
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
