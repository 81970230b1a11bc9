/**
 * What the service says of itself: `GET /`, `/rest-versions` and `/v2/limits`, which Pelion does not have.
 *
 * Source: Connector-mDS-REST-API docs/api-reference.md, "Limits" and "API versions". What happened at the quota is nowhere
 * told; here nothing does.
 */
import type { FastifyInstance } from 'fastify';
import type { ApiParts } from './parts.ts';

const HOUR_MS = 3_600_000;
const QUOTAS = { 'transaction-quota': 10_000, 'endpoint-quota': 100 } as const;

/** Requests and subscriptions of all keys in the last 24 hours, by the hour. */
export class Transactions {
  readonly #now: () => number;
  readonly #hours = new Map<number, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(): void {
    const hour = this.#hour;
    this.#hours.set(hour, (this.#hours.get(hour) ?? 0) + 1);
    for (const old of this.#hours.keys()) if (old <= hour - 24) this.#hours.delete(old);
  }

  get count(): number {
    const oldest = this.#hour - 24;
    return [...this.#hours].reduce((sum, [hour, many]) => (hour > oldest ? sum + many : sum), 0);
  }

  get #hour(): number {
    return Math.floor(this.#now() / HOUR_MS);
  }
}

/** Without a key. */
export function aboutRoutes(app: FastifyInstance, { version }: ApiParts): void {
  app.get('/', async (_request, reply) => reply.type('text/plain').send(`DeviceServer v${version}\nREST version = v2`));
  app.get('/rest-versions', async () => ['v1', 'v2']);
}

export function limitRoutes(app: FastifyInstance, { boards }: ApiParts, transactions: Transactions): void {
  app.get('/limits', async () => ({
    ...QUOTAS,
    'transaction-count': transactions.count,
    'endpoint-count': boards.list().length,
  }));
}
