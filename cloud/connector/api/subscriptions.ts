/**
 * Who is told of what: single resources, and rules for boards that register (Connector-mDS-REST-API docs/api-reference.md,
 * "Subscriptions"; Pelion OpenAPI of 29 April 2020).
 *
 *   PUT, GET, DELETE /v2/subscriptions/{ep}/{path}    GET, DELETE /v2/subscriptions/{ep}    GET, PUT, DELETE /v2/subscriptions
 *
 * A subscription that is new is answered 202, and its async-response has the value. What differs between the two services,
 * and where this one does for the sake of exact counts, is in ../interests/subscriptions.ts.
 */
import type { FastifyInstance } from 'fastify';
import { FormatError } from '../../protocol/errors.ts';
import { readRulesBody } from '../interests/rules-body.ts';
import { ApiError, type ApiParts, askerOf, paramOf, pathOf, segmentOf, textOf } from './parts.ts';
import type { LaterAnswers } from './requests.ts';

const URI_LIST = 'text/uri-list';

export function subscriptionRoutes(app: FastifyInstance, parts: ApiParts, later: LaterAnswers): void {
  const { boards, channels, interests, dialect } = parts;
  const lineOf = (endpoint: string, path: string): string =>
    dialect === 'mdc' ? `/subscriptions/${segmentOf(endpoint)}${path}` : path;

  app.put('/subscriptions/:ep/*', async (request, reply) => {
    const [endpoint, path, key] = [paramOf(request, 'ep'), pathOf(request), askerOf(request)];
    const board = boards.get(endpoint);
    const resource = board?.resources.find((one) => one.path === path);
    if (board === undefined || resource === undefined) throw new ApiError(404, 'there is no such board, or resource');
    if (!resource.obs) throw new ApiError(412, 'the resource is not observable');
    if (channels.kindOf(key) === undefined) throw new ApiError(412, 'No notification channel found.');
    const wasThere = interests.of(key, endpoint).includes(path);
    const subscribing = await interests.subscribe(key, endpoint, path);
    if (!subscribing.accepted) throw new ApiError(429, subscribing.reason);
    if (wasThere) return reply.code(200).send();
    return await later.later(reply, key, later.newId(endpoint, path), () => boards.observe(endpoint, path));
  });
  app.get('/subscriptions/:ep/*', async (request, reply) => {
    const [endpoint, path] = [paramOf(request, 'ep'), pathOf(request)];
    if (!interests.isSubscribed(askerOf(request), endpoint, path)) throw new ApiError(404, 'it is not subscribed');
    return reply.type(URI_LIST).send(lineOf(endpoint, path));
  });
  app.delete('/subscriptions/:ep/*', async (request, reply) => {
    const [endpoint, path] = [paramOf(request, 'ep'), pathOf(request)];
    const wasThere = await interests.unsubscribe(askerOf(request), endpoint, path);
    if (wasThere) boards.interestsChanged(endpoint);
    else if (dialect === 'mdc') throw new ApiError(404, 'it is not subscribed');
    return reply.code(204).send();
  });

  app.get('/subscriptions/:ep', async (request, reply) => {
    const endpoint = paramOf(request, 'ep');
    const paths = interests.of(askerOf(request), endpoint);
    if (paths.length === 0) throw new ApiError(404, 'nothing of it is subscribed');
    return reply.type(URI_LIST).send(paths.map((path) => `${lineOf(endpoint, path)}\n`).join(''));
  });
  app.delete('/subscriptions/:ep', async (request, reply) => {
    const endpoint = paramOf(request, 'ep');
    const wasThere = await interests.unsubscribe(askerOf(request), endpoint);
    if (wasThere) boards.interestsChanged(endpoint);
    else if (dialect === 'mdc') throw new ApiError(404, 'nothing of it is subscribed');
    return reply.code(204).send();
  });

  app.get('/subscriptions', async (request) => interests.rules(askerOf(request)));
  app.put('/subscriptions', async (request, reply) => {
    const key = askerOf(request);
    try {
      await interests.setRules(key, readRulesBody(textOf(request)), dialect);
    } catch (error) {
      if (error instanceof FormatError) throw new ApiError(400, error.message);
      throw error;
    }
    boards.interestsChanged();
    return reply.code(204).send();
  });
  app.delete('/subscriptions', async (request, reply) => {
    await interests.dropAll(askerOf(request), dialect);
    boards.interestsChanged();
    return reply.code(204).send();
  });
}
