/** Reads counts by partition, never the whole table: the endpoints from their list, then each endpoint's hours. */
import { inParallel } from '../../../ingest/in-parallel.ts';
import { type HoursPage, mergeHours, type Span } from '../../../ingest/merge-hours.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { byCodePoint } from '../../../protocol/code-point-order.ts';
import { holderOf } from './holder.ts';
import { hourOfRow, hourRow, keyOf, LIST_PARTITIONS, STATE_ROW } from './keys.ts';
import { demand, PARALLEL, type Patience } from './requests.ts';
import type { Entity, Table } from './table.ts';

/** After an endpoint's hours and its state, before what sinks were told. */
const AFTER_STATE = 't';
/** After every hour that a row is of. */
const AFTER_HOURS = 'i';

/** Names of all endpoints, in order. */
export async function readEndpoints(table: Table, patience: () => Patience): Promise<string[]> {
  const names: string[] = [];
  await inParallel(LIST_PARTITIONS, LIST_PARTITIONS.length, async (partition) => {
    for await (const { Name } of entities(table, { partition, select: ['Name'] }, patience)) names.push(String(Name));
  });
  return names.sort(byCodePoint);
}

/** Counts of one endpoint, in order of hour. */
export async function* readOne(
  table: Table,
  endpoint: string,
  { from, to }: Span,
  patience: () => Patience,
): AsyncGenerator<HourlyCount, void, undefined> {
  const span = { partition: keyOf(endpoint), from: hourRow(from), before: `${hourRow(to)}!` };
  for await (const entity of entities(table, span, patience)) yield* countOf(endpoint, entity);
}

/** Counts of all endpoints, in order of hour, then endpoint. */
export function readAll(table: Table, endpoints: readonly string[], span: Span, patience: () => Patience) {
  return mergeHours({
    ...{ endpoints, span, parallel: PARALLEL },
    async page(endpoint, after, limit): Promise<HoursPage> {
      const from = after === undefined ? hourRow(span.from) : `${hourRow(after)}!`;
      const query = { partition: keyOf(endpoint), from, before: `${hourRow(span.to)}!`, limit };
      const page = await demand(() => table.page(query), patience());
      const last = page.entities.at(-1);
      const upTo = page.after === undefined || last === undefined ? undefined : hourOfRow(last.rowKey);
      return { counts: page.entities.flatMap((entity) => [...countOf(endpoint, entity)]), upTo };
    },
  });
}

/** All hours of an endpoint. */
export async function readHours(table: Table, endpoint: string, patience: () => Patience): Promise<HourlyCount[]> {
  const counts: HourlyCount[] = [];
  const query = { partition: keyOf(endpoint), from: 'h', before: AFTER_HOURS };
  for await (const entity of entities(table, query, patience)) counts.push(...countOf(endpoint, entity));
  return counts;
}

/** Presses and stale values of an endpoint, its hours and its state read as one. */
export async function readWhole(table: Table, endpoint: string, patience: () => Patience) {
  let [presses, stale] = [0, 0];
  const query = { partition: keyOf(endpoint), from: 'h', before: AFTER_STATE };
  for await (const entity of entities(table, query, patience)) {
    if (entity.rowKey === STATE_ROW) {
      const { state, due } = holderOf(entity);
      presses += due.values().reduce((sum, added) => sum + added, 0);
      stale = state.stale;
    } else presses += Number(entity.Count ?? 0);
  }
  return { presses, stale };
}

async function* entities(
  table: Table,
  query: Omit<Parameters<Table['page']>[0], 'after'>,
  patience: () => Patience,
): AsyncGenerator<Entity, void, undefined> {
  for (let after: string | undefined; ; ) {
    const page = await demand(() => table.page({ ...query, after }), patience());
    yield* page.entities;
    after = page.after;
    if (after === undefined) return;
  }
}

function* countOf(endpoint: string, { rowKey, Count }: Entity): Generator<HourlyCount, void, undefined> {
  const count = Number(Count ?? 0);
  if (count > 0) yield { endpoint, hour: hourOfRow(rowKey), count };
}
