/** The webhook receiver on a server of its own, not listening yet: `ingest` and `up` start from it. */
import type { FastifyInstance } from 'fastify';
import { demandHeader } from '../cloud/ingest/demanded-header.ts';
import { type IngestMetrics, ingestMetrics } from '../cloud/ingest/metrics.ts';
import { newServer } from '../cloud/ingest/server.ts';
import type { Store } from '../cloud/ingest/store.ts';
import { webhook } from '../cloud/ingest/webhook.ts';
import type { Io } from './cli.ts';
import type { StaticHeader } from './header-file.ts';
import { newLog } from './log.ts';
import type { LogLevel } from './log-levels.ts';

export interface ReceiverOptions {
  readonly store: Store;
  readonly header?: StaticHeader | undefined;
  readonly level: LogLevel;
  readonly io: Pick<Io, 'now' | 'err'>;
  /** What `/metrics` has; the receiver's own unless told. */
  readonly metrics?: IngestMetrics;
}

export async function openReceiver({
  store,
  header,
  level,
  io,
  metrics = ingestMetrics(),
}: ReceiverOptions): Promise<FastifyInstance> {
  const app = newServer(newLog(level, io.err));
  const demanded = header === undefined ? {} : { header: demandHeader(header.name, header.value) };
  await webhook(app, { store, metrics, now: io.now, ...demanded });
  return app;
}
