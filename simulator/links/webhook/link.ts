/** The link `webhook`: a batch is one message, put to one address. */
import type { Link } from '../link.ts';
import { deliver } from './deliver.ts';
import { type PutOptions, webhookClient } from './put.ts';
import { verifyWebhook } from './verify.ts';

/** UsageError if the URL is none that it could put to. */
export function webhookLink(options: PutOptions): Link {
  const client = webhookClient(options);
  return {
    async open() {
      await verifyWebhook(client, options.url);
      return 1;
    },
    deliver(batch, { encode, faultsOf, pause, onRequests, onAcknowledged }) {
      const faults = faultsOf(batch[0]!.sequence);
      return deliver(encode(batch), faults, { client, pause, onRequests, onAcknowledged: () => onAcknowledged(batch) });
    },
    close: async () => client.close(),
  };
}
