/** InfluxDB on this machine, for `up`: Debian's influxd in a folder, started with us and ended with us. */
import { join } from 'node:path';
import { startInflux } from '../../cloud/platforms/influxdb/local/start.ts';
import type { Io } from '../cli.ts';
import type { InfluxPlan } from './words.ts';

export interface InfluxHere {
  /** What openInfluxSink takes. */
  readonly plan: InfluxPlan;
  readonly lines: readonly (readonly [label: string, address: string])[];
  close(): Promise<void>;
}

export interface InfluxHereOptions {
  /** Made if it is missing. */
  readonly folder: string;
  readonly io: Pick<Io, 'now' | 'err' | 'sleep' | 'stop'>;
}

/** OutsideError TOOL, with what to install, if influxd is missing; FILE and SERVER as it starts. */
export async function startInfluxHere({ folder, io }: InfluxHereOptions): Promise<InfluxHere> {
  const { url, close } = await startInflux({ folder: join(folder, 'server'), signal: io.stop });
  return {
    plan: { url: `${url}/`, database: 'mbed' },
    lines: [['InfluxDB', `${url}, database mbed, measurement button_presses`]],
    close,
  };
}
