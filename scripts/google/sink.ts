/** Opens Cloud Monitoring as a sink of this machine, after a look whether it takes us at all. */
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import type { ToldMemory } from '../../cloud/ingest/told.ts';
import { monitoringClient } from '../../cloud/platforms/google/monitoring/client.ts';
import { monitoringSink } from '../../cloud/platforms/google/monitoring/sink.ts';
import { defaultToken } from '../../cloud/platforms/google/monitoring/token.ts';
import { projectOfCredentials } from './project.ts';

/** What of the platform's words it needs. */
export interface MonitoringPlan {
  /** Undefined: as the credentials say. */
  readonly project: string | undefined;
  /** The deployment's. */
  readonly metricType: string;
  /** In place of Google's own: a stand-in, which is asked without credentials. */
  readonly monitoringEndpoint?: string | undefined;
}

export interface MonitoringDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal is given. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** One sink at a time may write to it. */
  readonly told: ToldMemory;
  /** Milliseconds between two points of a board; a minute unless told. */
  readonly stepMs?: number;
}

/** OutsideError SERVER if there are no credentials, or Google refuses them or the project; not if it is merely down. */
export async function openGoogleSink(
  { project, metricType, monitoringEndpoint }: MonitoringPlan,
  { now, sleep, told, stepMs }: MonitoringDeps,
): Promise<ReadableSink> {
  const where = monitoringEndpoint === undefined ? { token: defaultToken() } : { endpoint: monitoringEndpoint };
  const client = monitoringClient({ project: project ?? (await projectOfCredentials()), metricType, ...where });
  await client.checkAccess(now());
  return monitoringSink({ client, told, now, sleep, ...(stepMs === undefined ? {} : { stepMs }) });
}
