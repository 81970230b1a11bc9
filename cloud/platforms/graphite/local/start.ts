/**
 * Graphite on this machine, for trying and for tests: Debian's carbon-cache and graphite-web, on free ports of loopback, with all
 * they write in one folder. Nobody's system service is touched, and no rights are needed but to the folder.
 */
import { resolve } from 'node:path';
import { freePorts, onFreePorts } from '../../free-ports.ts';
import { startCarbonCache } from './carbon-cache.ts';
import { type CarbonPorts, type ConfOptions, writeConf } from './conf.ts';
import { startGraphiteWeb } from './graphite-web.ts';
import { findPrograms } from './programs.ts';

export interface GraphiteOptions extends Omit<ConfOptions, 'ports'> {
  readonly signal?: AbortSignal;
}

export interface Graphite {
  readonly ports: CarbonPorts;
  /** Of graphite-web, like `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Ends carbon, in good order, and starts it again on the same ports. */
  restartCarbon(): Promise<void>;
  /** Ends both; again: nothing. */
  close(): Promise<void>;
}

/** OutsideError TOOL: carbon or graphite-web is not on this machine; FILE: the folder; SERVER: one did not start. */
export function startGraphite(options: GraphiteOptions): Promise<Graphite> {
  return onFreePorts(() => start(options));
}

async function start({ signal, ...options }: GraphiteOptions): Promise<Graphite> {
  // Both run in it.
  const conf = { ...options, folder: resolve(options.folder) };
  const programs = await findPrograms();
  // carbon can be told no 0.
  const [plaintext, pickle, query] = await freePorts([0, 0, 0]);
  const ports = { plaintext, pickle, query };
  await writeConf({ ...conf, ports });
  const both = { folder: conf.folder, programs, ...(signal === undefined ? {} : { signal }) };
  const [carbon, web] = await Promise.allSettled([startCarbonCache({ ...both, ports }), startGraphiteWeb(both)]);
  if (carbon.status === 'rejected' || web.status === 'rejected') {
    for (const one of [carbon, web]) if (one.status === 'fulfilled') await one.value.close();
    throw carbon.status === 'rejected' ? carbon.reason : (web as PromiseRejectedResult).reason;
  }
  let cache = carbon.value;
  return {
    ports,
    url: web.value.url,
    async restartCarbon() {
      await cache.close();
      cache = await startCarbonCache({ ...both, ports });
    },
    async close() {
      await Promise.all([cache.close(), web.value.close()]);
    },
  };
}
