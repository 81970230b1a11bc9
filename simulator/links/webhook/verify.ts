/** The service's check of a webhook before it sends anything there: a PUT of `{}` that must be answered 200 or 204. */
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { type Answer, describeAnswer, isAcknowledged, type WebhookClient } from './put.ts';

/** OutsideError SERVER, saying what came back, if the webhook does not pass. */
export async function verifyWebhook(client: Pick<WebhookClient, 'put'>, url: string): Promise<void> {
  const answer = await client.put(new TextEncoder().encode('{}'));
  if (isAcknowledged(answer)) return;
  throw new OutsideError('SERVER', `the webhook at ${withoutSecrets(url)} ${describeAnswer(answer)}`, fixFor(answer));
}

function fixFor(answer: Answer): string {
  if (answer.kind !== 'status') return 'Check the address, and that the receiver is running.';
  if (answer.status === 401 || answer.status === 403) return 'Give the header that the receiver asks for.';
  if (answer.status >= 300 && answer.status < 400)
    return 'Give the address it redirects to; redirects are not followed.';
  return 'Check that the address is that of the webhook: it must answer a PUT of {} with 200 or 204.';
}

/** Without what may be a password, in the user part or the query. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
