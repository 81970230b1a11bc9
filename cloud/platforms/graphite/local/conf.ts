/** The configuration of a carbon-cache and a graphite-web in a folder of their own, that nobody else reads or reaches. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OutsideError } from '../../../protocol/errors.ts';
import { aggregationLines, schemaLines } from '../conf/wanted.ts';

/** Loopback ports of carbon. */
export interface CarbonPorts {
  readonly plaintext: number;
  readonly pickle: number;
  readonly query: number;
}

export interface ConfOptions {
  readonly folder: string;
  readonly prefix: string;
  readonly ports: CarbonPorts;
  /** Lines of storage-schemas.conf in place of ours. */
  readonly schemas?: string;
  /** Settings of carbon.conf beside ours, or in place of them. */
  readonly carbon?: Readonly<Record<string, string>>;
}

const PRIVATE = { mode: 0o600 };

/** Where things are in the folder. */
export function placesIn(folder: string) {
  const [conf, storage] = [join(folder, 'conf'), join(folder, 'storage')];
  return {
    ...{ conf, storage, whisper: join(storage, 'whisper'), log: join(folder, 'log') },
    ...{ carbonConf: join(conf, 'carbon.conf'), pid: join(folder, 'carbon-cache.pid') },
  };
}

/** Makes the folders and writes the files, over those of the last time. OutsideError FILE. */
export async function writeConf({ folder, prefix, ports, schemas, carbon = {} }: ConfOptions): Promise<void> {
  const { conf, whisper, log, carbonConf } = placesIn(folder);
  try {
    for (const made of [folder, conf, whisper, log]) await mkdir(made, { recursive: true, mode: 0o700 });
    await writeFile(carbonConf, carbonText(folder, ports, carbon), PRIVATE);
    await writeFile(join(conf, 'storage-schemas.conf'), schemas ?? schemaLines(prefix), PRIVATE);
    await writeFile(join(conf, 'storage-aggregation.conf'), aggregationLines(prefix), PRIVATE);
    await writeFile(join(conf, 'local_settings.py'), webText(folder, ports), PRIVATE);
  } catch (error) {
    if (error instanceof OutsideError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutsideError('FILE', `${folder} cannot be written: ${why}`, 'Give a folder of yours.', { cause: error });
  }
}

function carbonText(folder: string, ports: CarbonPorts, more: Readonly<Record<string, string>>): string {
  const { conf, storage, whisper, log } = placesIn(folder);
  const settings: Record<string, string> = {
    ...{ STORAGE_DIR: path(storage), LOCAL_DATA_DIR: path(whisper), CONF_DIR: path(conf), LOG_DIR: path(log) },
    ...{ PID_DIR: path(folder), USER: '', DATABASE: 'whisper', ENABLE_LOGROTATION: 'False' },
    ...{ LINE_RECEIVER_INTERFACE: '127.0.0.1', LINE_RECEIVER_PORT: String(ports.plaintext) },
    ...{ PICKLE_RECEIVER_INTERFACE: '127.0.0.1', PICKLE_RECEIVER_PORT: String(ports.pickle) },
    ...{ CACHE_QUERY_INTERFACE: '127.0.0.1', CACHE_QUERY_PORT: String(ports.query) },
    // Nothing is dropped, and nothing waits.
    ...{ MAX_CACHE_SIZE: 'inf', MAX_UPDATES_PER_SECOND: 'inf', MAX_CREATES_PER_MINUTE: 'inf' },
    // A file takes the room of the hours that it has, not of five years.
    ...{ WHISPER_SPARSE_CREATE: 'True', WHISPER_FALLOCATE_CREATE: 'False', WHISPER_AUTOFLUSH: 'False' },
    ...{ ENABLE_TAGS: 'False', CARBON_METRIC_INTERVAL: '0' },
    ...{ LOG_UPDATES: 'False', LOG_CREATES: 'False', LOG_CACHE_HITS: 'False', LOG_CACHE_QUEUE_SORTS: 'False' },
    ...{ LOG_LISTENER_CONN_SUCCESS: 'False' },
    ...more,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[cache]\n${lines.join('')}`;
}

/** As Python's ConfigParser reads it: a per cent sign begins something, and a line ends a value. */
function path(name: string): string {
  if (!/[\r\n]|^\s|\s$/.test(name)) return name.replaceAll('%', '%%');
  throw new OutsideError(
    'FILE',
    `carbon cannot have ${JSON.stringify(name)} in its configuration`,
    'Give another folder.',
  );
}

function webText(folder: string, ports: CarbonPorts): string {
  const { conf, storage, whisper, log } = placesIn(folder);
  const settings = {
    ...{ SECRET_KEY: randomBytes(32).toString('hex'), ALLOWED_HOSTS: ['127.0.0.1', 'localhost'] },
    ...{ CONF_DIR: conf, STORAGE_DIR: storage, WHISPER_DIR: whisper, LOG_DIR: log, INDEX_FILE: join(storage, 'index') },
    // So that values are seen that carbon has not written yet.
    ...{ CARBONLINK_HOSTS: [`127.0.0.1:${ports.query}`] },
    ...{ STORAGE_FINDERS: ['graphite.finders.standard.StandardFinder'], TIME_ZONE: 'UTC' },
    ...{ DATABASES: { default: { NAME: join(storage, 'graphite.db'), ENGINE: 'django.db.backends.sqlite3' } } },
  };
  // JSON's texts, lists and objects of texts are Python's as well.
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .concat('LOG_ROTATION = False\nLOG_INFO_PERFORMANCE = False\n')
    .join('');
}
