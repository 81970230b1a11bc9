/** The stand-in for Cloud Monitoring behind an HTTP server on loopback, its points in a folder. */
import { type Served, type ServeOptions, serve } from '../http.ts';
import { openPoints } from './points.ts';
import { monitoringService } from './service.ts';

export interface MonitoringHereOptions extends ServeOptions {
  /** Left out: what goes when it is closed. */
  readonly folder?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** OutsideError PORT when it cannot listen. */
export async function serveMonitoring({ folder, now, ...options }: MonitoringHereOptions): Promise<Served> {
  const points = openPoints(folder);
  const served = await serve(monitoringService({ points, now }), options).catch((error: unknown) => {
    points.close();
    throw error;
  });
  return {
    url: served.url,
    close: async () => {
      await served.close();
      points.close();
    },
  };
}
