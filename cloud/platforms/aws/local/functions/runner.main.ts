/**
 * The process of a function: loads the entry in its words, and runs one invocation at a time for its parent, as Lambda's
 * runtime does. Ends when the parent ends, however that happens.
 *
 *   fork: runner.main.ts /path/of/webhook.main.ts
 */
import { pathToFileURL } from 'node:url';
import { ANSWER_LIMIT, type Said, thrownPayload, type Work } from './invocation.ts';

const entry = process.argv[2] ?? '';

type Handler = (event: unknown, context: object) => unknown;

// Ctrl-C goes to every process of the terminal: the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());

try {
  const handler = await load();
  process.on('message', (work: Work) => void run(handler, work));
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'unloadable', payload: thrownPayload(error) }, () => process.exit(1));
}

async function load(): Promise<Handler> {
  const { handler } = (await import(pathToFileURL(entry).href)) as { handler?: unknown };
  if (typeof handler === 'function') return handler as Handler;
  throw Object.assign(new Error(`${entry} has no function handler`), { name: 'Runtime.HandlerNotFound' });
}

async function run(handler: Handler, work: Work): Promise<void> {
  const said = await outcome(handler, work);
  if (work.killBeforeAnswer) process.kill(process.pid, 'SIGKILL');
  tell(said);
}

async function outcome(handler: Handler, work: Work): Promise<Said> {
  const { requestId } = work;
  try {
    const payload = JSON.stringify((await handler(JSON.parse(work.event), contextOf(work))) ?? null) ?? 'null';
    if (Buffer.byteLength(payload) <= ANSWER_LIMIT) return { kind: 'answer', requestId, payload };
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${ANSWER_LIMIT} bytes).`;
    const error = { errorType: 'Function.ResponseSizeTooLarge', errorMessage };
    return { kind: 'error', requestId, payload: JSON.stringify(error) };
  } catch (error) {
    return { kind: 'error', requestId, payload: thrownPayload(error) };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf({ requestId, deadline, functionName, functionArn, memoryMB }: Work): object {
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMB),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/[$LATEST]${process.pid}`,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function tell(said: Said, then: () => void = () => undefined): void {
  // The parent may have gone: then there is nobody to tell.
  if (process.connected) process.send?.(said, undefined, {}, then);
}
