/** Runs graphite-web of this machine on what a carbon-cache keeps in a folder, and waits until it listens. */

import { type Server, startServer } from '../../server-process.ts';
import { placesIn } from './conf.ts';
import type { Programs } from './programs.ts';
import { WEB_PROGRAM } from './web-program.ts';

export interface GraphiteWebOptions {
  /** Its configuration is there already (conf.ts). */
  readonly folder: string;
  readonly programs: Programs;
  /** 0 or left out: any free one. */
  readonly port?: number;
  readonly signal?: AbortSignal;
}

export interface GraphiteWeb extends Server {
  /** Like `http://127.0.0.1:8080`. */
  readonly url: string;
}

/** OutsideError SERVER if it does not start. */
export async function startGraphiteWeb({
  folder,
  programs,
  port = 0,
  signal,
}: GraphiteWebOptions): Promise<GraphiteWeb> {
  const portOf = (said: string): string | undefined => /^listening on (\d+)$/m.exec(said)?.[1];
  const server = await startServer({
    name: 'graphite-web',
    command: [programs.python, '-c', WEB_PROGRAM, String(port)],
    cwd: folder,
    environment: { PYTHONPATH: placesIn(folder).conf, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
    isReady: async (said) => portOf(said) !== undefined,
    ...(signal === undefined ? {} : { signal }),
  });
  return { ...server, url: `http://127.0.0.1:${portOf(server.said())}` };
}
