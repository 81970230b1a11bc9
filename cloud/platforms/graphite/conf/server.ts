/** Whether a server keeps by the hour what it has of boards: asked of its render API. */
import { HOUR_MS } from '../../../protocol/hour.ts';
import { HOUR_S } from '../metric.ts';
import type { Render } from '../render.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 30_000;
const MOST_NAMED = 3;

/** `now` is in milliseconds since 1970. OutsideError SERVER if it cannot be asked. */
export async function judgeServer(render: Render, url: string, prefix: string, now: number): Promise<Finding[]> {
  const until = Math.floor(now / 1000);
  const question = { targets: [`${prefix}.*`], from: until - (3 * HOUR_MS) / 1000, until };
  const series = await render.ask(question, AbortSignal.timeout(PATIENCE_MS));
  if (series.length === 0) {
    return [{ level: 'note', of: url, text: `it has no ${prefix}.* yet, which alone would say how it keeps them` }];
  }
  const odd = series.filter(({ step }) => step !== undefined && step !== HOUR_S);
  if (odd.length === 0) return [];
  const named = odd.slice(0, MOST_NAMED).map(({ target, step }) => `${target} (${step} s)`);
  const text = `${odd.length} of ${series.length} metrics are not kept by the hour, like ${named.join(', ')}: set the schema, then delete their .wsp files`;
  return [{ level: 'wrong', of: url, text }];
}
