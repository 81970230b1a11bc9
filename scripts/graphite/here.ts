/** Graphite on this machine, for `up`: Debian's carbon and graphite-web in a folder, started with us and ended with us. */
import { startGraphite } from '../../cloud/platforms/graphite/local/start.ts';
import { DEFAULT_PREFIX } from '../../cloud/platforms/graphite/metric.ts';
import type { Io } from '../cli.ts';
import type { GraphitePlan } from './words.ts';

export interface GraphiteHere {
  /** What openGraphiteSink takes. */
  readonly plan: GraphitePlan;
  readonly lines: readonly (readonly [label: string, address: string])[];
  close(): Promise<void>;
}

export interface GraphiteHereOptions {
  /** Made if it is missing. */
  readonly folder: string;
  readonly io: Pick<Io, 'now' | 'err' | 'sleep' | 'stop'>;
}

/** OutsideError TOOL, with what to install, if carbon or graphite-web is missing; FILE and SERVER as they start. */
export async function startGraphiteHere({ folder, io }: GraphiteHereOptions): Promise<GraphiteHere> {
  const prefix = DEFAULT_PREFIX;
  const { ports, url, close } = await startGraphite({ folder, prefix, signal: io.stop });
  const graph = new URL('render', url);
  for (const [name, value] of GRAPH) graph.searchParams.set(name, value);
  graph.searchParams.set('target', `aliasByNode(${prefix}.*,${prefix.split('.').length})`);
  return {
    plan: { carbon: { host: '127.0.0.1', port: ports.plaintext, protocol: 'plaintext' }, url, prefix },
    lines: [
      ['Graphite', url],
      ['Graph', graph.href],
      ['Carbon', `127.0.0.1:${ports.plaintext} (plaintext), 127.0.0.1:${ports.pickle} (pickle)`],
    ],
    close,
  };
}

/** A day of hours as bars: lines between hours would tell of presses that nobody made. */
const GRAPH = [
  ['from', '-24h'],
  ['width', '900'],
  ['height', '400'],
  ['lineMode', 'staircase'],
  ['title', 'Presses per hour'],
] as const;
