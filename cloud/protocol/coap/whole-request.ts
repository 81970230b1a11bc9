/**
 * Bodies larger than one message: the client's side (RFC 7959 §2.4, §2.5).
 *
 *   request ─► its body block by block (Block1) ─► response ─► the rest of its body, block by block (Block2) ─► whole
 */
import { FormatError } from '../errors.ts';
import { joinBytes } from '../join-bytes.ts';
import { blockOf, blockOption } from './block.ts';
import { RESPONSES } from './codes.ts';
import type { CoapMessage, CoapOption } from './message.ts';
import { OPTIONS, optionValue } from './options.ts';
import type { CoapPeer, Request } from './peer.ts';

export interface WholeRequestOptions {
  /** Largest block that is sent: 16, 32 … 1024. The server may ask for less. */
  readonly blockSize: number;
  /** Largest body that is taken, in bytes. */
  readonly mostBytes: number;
  /** A token for each message but the first, which has the request's own. */
  readonly nextToken: () => Uint8Array;
}

/**
 * Sends a request of any size, and resolves to the response with all of its body. ExchangeError as `CoapPeer.request`;
 * FormatError COAP_FORMAT: the blocks of the response do not make one body, or one that is too large.
 */
export async function requestWhole(
  peer: Pick<CoapPeer, 'request'>,
  request: Request,
  options: WholeRequestOptions,
): Promise<CoapMessage> {
  return await fetchRest(peer, request, await sendBody(peer, request, options), options);
}

/** Whether a response is no more than a block of its body, or says of blocks what cannot be. */
export function isPart(response: CoapMessage): boolean {
  try {
    const block = blockOf(response, OPTIONS.Block2);
    return block !== undefined && (block.more || block.number > 0);
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}

/** The response to the last block, or to the one that was refused. */
async function sendBody(peer: Pick<CoapPeer, 'request'>, request: Request, options: WholeRequestOptions) {
  const { payload = new Uint8Array(0) } = request;
  if (payload.length <= options.blockSize) return await peer.request(request);
  let size = options.blockSize;
  let token = request.token;
  for (let at = 0; ; token = options.nextToken()) {
    const end = Math.min(at + size, payload.length);
    const block = blockOption(OPTIONS.Block1, { number: at / size, more: end < payload.length, size });
    const part = {
      ...request,
      token,
      options: [...(request.options ?? []), block],
      payload: payload.subarray(at, end),
    };
    const response = await peer.request(part);
    if (response.code !== RESPONSES.Continue) return response;
    if (end === payload.length) throw misfit('more was asked for than there is');
    at = end;
    // §2.5: a server that wants smaller blocks says so once; positions are multiples of the smaller as well.
    size = Math.min(size, blockOf(response, OPTIONS.Block1)?.size ?? size);
  }
}

/** The response to a request, or a notification of what it asked for (§2.6), with all of its body; errors likewise. */
export async function fetchRest(
  peer: Pick<CoapPeer, 'request'>,
  request: Request,
  first: CoapMessage,
  options: Omit<WholeRequestOptions, 'blockSize'>,
): Promise<CoapMessage> {
  const block = blockOf(first, OPTIONS.Block2);
  if (block === undefined) return first;
  if (block.number !== 0) throw misfit('the first block is not the first');
  if (!block.more) return first;
  const parts = [first.payload];
  const etag = etagText(first);
  let size = first.payload.length;
  for (let response = first; blockOf(response, OPTIONS.Block2)?.more === true; ) {
    const { size: blockSize } = blockOf(response, OPTIONS.Block2)!;
    if (response.payload.length !== blockSize) throw misfit('a block in the middle is not full');
    const next = blockOption(OPTIONS.Block2, { number: size / blockSize, more: false, size: blockSize });
    response = await peer.request({
      code: request.code,
      token: options.nextToken(),
      options: [...about(request), next],
    });
    const block = blockOf(response, OPTIONS.Block2);
    if (block === undefined || block.number * block.size !== size) throw misfit('not the block that was asked for');
    if (etagText(response) !== etag) throw misfit('the body changed between its blocks');
    size += response.payload.length;
    if (size > options.mostBytes) throw misfit(`more than ${options.mostBytes} bytes`);
    parts.push(response.payload);
  }
  return { ...first, payload: joinBytes(parts) };
}

/** What says where a request goes, without what belongs to its own body. */
function about({ options = [] }: Request): readonly CoapOption[] {
  const own = new Set<number>([OPTIONS.Observe, OPTIONS.ContentFormat, OPTIONS.Size1]);
  return options.filter(({ number }) => !own.has(number));
}

function etagText({ options }: CoapMessage): string | undefined {
  return optionValue(options, OPTIONS.ETag)?.join('.');
}

function misfit(what: string): FormatError {
  return new FormatError('COAP_FORMAT', `bad CoAP blocks: ${what}`);
}
