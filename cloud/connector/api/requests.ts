/**
 * Requests to boards that are answered later: `202` with an id now, and an async-response in the key's channel.
 *
 *   ask ─► 202 {"async-response-id"} ─► [sent] ─► board ─► {"id","status","payload"} ─► the key's queue
 *
 * The board is asked when the 202 has left, so that its answer cannot overtake it: ARM's own clients lose one that does
 * (mbed-cloud-sdk-javascript, CHANGELOG of 2.0.6). Source: Connector-mDS-REST-API docs/api-reference.md, "Asynchronous
 * requests".
 */
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { mediaType } from '../../protocol/coap/content-formats.ts';
import type { AsyncResponse } from '../../protocol/notification/message.ts';
import type { BoardAnswer } from '../boards/boards.ts';
import type { ApiParts } from './parts.ts';

export class LaterAnswers {
  readonly #parts: ApiParts;
  #number: number;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    // Not again those of before a restart.
    this.#number = Math.floor(parts.world.wall());
  }

  /** An id: Device Connector's named number, board and path. */
  newId(endpoint: string, path: string): string {
    if (this.#parts.dialect === 'pelion') return randomUUID();
    this.#number += 1;
    const domain = this.#parts.boards.get(endpoint)?.domain ?? '';
    return `${this.#number}#${endpoint}@${domain}${path}`;
  }

  /** Answers 202, then asks, then tells. */
  async later(reply: FastifyReply, key: string, id: string, ask: () => Promise<BoardAnswer>): Promise<FastifyReply> {
    const begin = (): void => {
      void ask()
        .then((answer) => this.tell(key, id, answer))
        .catch((error: unknown) => this.#parts.log.error({ err: error }, 'an answer of a board could not be told'));
    };
    // Whoever asked may be gone already: it is done all the same.
    if (reply.raw.closed) begin();
    else reply.raw.once('close', begin);
    return await reply.code(202).send({ 'async-response-id': id });
  }

  /** Resolves when it is on disk; there is nobody to be told if the channel is gone meanwhile. */
  async tell(key: string, id: string, answer: BoardAnswer): Promise<void> {
    if (this.#parts.channels.kindOf(key) === undefined) return;
    await this.#parts.events.queue.append(key, [{ kind: 'async-response', data: dataOf(id, answer) }]);
  }
}

function dataOf(id: string, { status, error, payload, contentFormat, maxAgeS }: BoardAnswer): AsyncResponse {
  const ct = contentFormat === undefined ? undefined : (mediaType(contentFormat) ?? String(contentFormat));
  return {
    ...{ id, status },
    ...(error === undefined ? {} : { error }),
    ...(ct === undefined ? {} : { ct }),
    ...(maxAgeS === undefined || status >= 400 ? {} : { maxAge: maxAgeS }),
    ...(payload === undefined ? {} : { payload: Buffer.from(payload).toString('base64') }),
  };
}
