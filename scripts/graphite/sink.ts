/** Opens Graphite as a sink, after a look whether its web server takes us at all. */
import type { ToldMemory } from '../../cloud/ingest/told.ts';
import { Carbon } from '../../cloud/platforms/graphite/carbon.ts';
import { Render, RenderError } from '../../cloud/platforms/graphite/render.ts';
import { type GraphiteSink, graphiteSink } from '../../cloud/platforms/graphite/sink.ts';
import type { GraphitePlan, GraphiteWebPlan } from './words.ts';

export interface GraphiteDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal is given. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Not needed: what is told takes the place of what was. */
  readonly told?: ToldMemory;
}

const PATIENCE_MS = 5_000;

/** OutsideError SERVER if graphite-web is not at this address, or does not take the login; not if anything is merely down. */
export async function openGraphiteSink(plan: GraphitePlan, { now, sleep }: GraphiteDeps): Promise<GraphiteSink> {
  const render = renderOf(plan);
  await refusesUs(render, plan.prefix, now());
  return graphiteSink({ carbon: new Carbon({ ...plan.carbon, sleep }), render, prefix: plan.prefix, now, sleep });
}

export function renderOf({ url, login }: GraphiteWebPlan): Render {
  return new Render({ url: new URL(url), ...(login === undefined ? {} : { login }) });
}

async function refusesUs(render: Render, prefix: string, now: number): Promise<void> {
  const second = Math.floor(now / 1000);
  try {
    // No metric of ours ends in a lone `~`: the answer is an empty list.
    await render.ask(
      { targets: [`${prefix}.~`], from: second - 3_600, until: second },
      AbortSignal.timeout(PATIENCE_MS),
    );
  } catch (error) {
    if (!(error instanceof RenderError) || error.trouble === 'lasting') throw error;
  }
}
