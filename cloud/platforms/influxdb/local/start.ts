/** InfluxDB 1.x on this machine, for trying and for tests: Debian's influxd on free ports of loopback, with all that it keeps in a folder. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OutsideError } from '../../../protocol/errors.ts';
import { freePorts, onFreePorts } from '../../free-ports.ts';
import { type Server, startServer } from '../../server-process.ts';

export interface InfluxOptions {
  /** Made if it is missing; only its owner may enter. */
  readonly folder: string;
  /** Ask for users and passwords. */
  readonly auth?: boolean;
  /** 0 or left out: any free one. */
  readonly port?: number;
  readonly signal?: AbortSignal;
}

export interface Influx {
  /** Like `http://127.0.0.1:8086`. */
  readonly url: string;
  readonly port: number;
  /** Ends it in good order; again: nothing. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PROGRAMS = ['influxd', '/usr/bin/influxd'];

/** OutsideError TOOL: influxd is not on this machine; FILE: the folder; SERVER: it did not start. */
export function startInflux(options: InfluxOptions): Promise<Influx> {
  return onFreePorts(() => start(options));
}

async function start({ auth = false, port = 0, signal, ...options }: InfluxOptions): Promise<Influx> {
  // It runs in it.
  const folder = resolve(options.folder);
  const program = await findInfluxd();
  const [http, rpc] = await freePorts([port, 0]);
  const config = join(folder, 'influxdb.conf');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(config, configText(folder, { http, rpc, auth }), { mode: 0o600 });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutsideError('FILE', `${folder} cannot be written: ${why}`, 'Give a folder of yours.', { cause: error });
  }
  const url = `http://${HOST}:${http}`;
  const server: Server = await startServer({
    name: 'influxd',
    command: [program, '-config', config],
    cwd: folder,
    environment: { HOME: folder },
    isReady: () => answers(url),
    ...(signal === undefined ? {} : { signal }),
  });
  return { url, port: http, close: () => server.close() };
}

/** Its command, if it is a 1.x. OutsideError TOOL with what to install. */
export async function findInfluxd(): Promise<string> {
  for (const program of PROGRAMS) {
    const said = await promisify(execFile)(program, ['version'], { timeout: 10_000 }).catch(() => undefined);
    if (said !== undefined && /InfluxDB v?1\./i.test(said.stdout)) return program;
  }
  throw new OutsideError(
    'TOOL',
    'influxd of InfluxDB 1.x cannot be found on this machine',
    'Install it: `apt-get install influxdb` on Debian and Ubuntu.',
  );
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.status === 204;
}

interface Settings {
  readonly http: number;
  readonly rpc: number;
  readonly auth: boolean;
}

function configText(folder: string, { http, rpc, auth }: Settings): string {
  const dir = (name: string): string => JSON.stringify(join(folder, name));
  return [
    'reporting-disabled = true',
    `bind-address = "${HOST}:${rpc}"`,
    `[meta]\ndir = ${dir('meta')}`,
    `[data]\ndir = ${dir('data')}\nwal-dir = ${dir('wal')}\nquery-log-enabled = false`,
    '[monitor]\nstore-enabled = false',
    '[subscriber]\nenabled = false',
    '[continuous_queries]\nenabled = false',
    `[http]\nbind-address = "${HOST}:${http}"\nlog-enabled = false\nauth-enabled = ${auth}\n`,
  ].join('\n');
}
