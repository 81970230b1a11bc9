/**
 * What a board says of itself when it registers or updates: its query and its links, checked (OMA-TS-LightweightM2M-V1_0 §5.3).
 *
 *   POST /rd?ep=…&et=…&lt=…&d=…&b=…   </3200/0/5501>;rt="Button";obs,…
 *
 * Pure. Who it is by its certificate is identity.ts's business.
 */
import { RESPONSES } from '../../protocol/coap/codes.ts';
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { OPTIONS, optionTexts } from '../../protocol/coap/options.ts';
import { FormatError } from '../../protocol/errors.ts';
import { attributeOf, decodeLinks, type Link } from '../../protocol/lwm2m/link-format.ts';
import type { BoardResource } from './boards.ts';

export interface Registration {
  readonly endpoint: string;
  readonly domain: string;
  readonly type: string;
  readonly lifetimeS: number;
  readonly queueMode: boolean;
  readonly resources: readonly BoardResource[];
}

/** What a registration says: the lifetime only if it does. */
export type Said = Omit<Registration, 'lifetimeS'> & Pick<Update, 'lifetimeS'>;

/** What an update changes; absent: it stays. */
export type Update = Partial<Pick<Registration, 'lifetimeS' | 'queueMode' | 'resources'>>;

export class RegistrationRefused extends Error {
  /** Of the answer: mbed-client gives up for good at 4.00 and 4.03, and tries again at any other. */
  readonly code: number;

  constructor(code: number, why: string) {
    super(why);
    this.code = code;
  }
}

/** §5.3.1: where nothing was said. */
export const DEFAULT_LIFETIME_S = 86_400;
/** Of either name: as mbed-client has them (source/m2minterfacefactory.cpp). */
const MOST_NAME_BYTES = 64;
const MOST_TYPE_BYTES = 64;
const MOST_LIFETIME_S = 0xffff_ffff;
/** Nothing that breaks a line, a path or a topic. */
const CONTROL = /\p{C}/u;
const PATH = /^(\/[^/]+)+$/;

/** The registration. RegistrationRefused, whose message may be sent to the board. */
export function readRegistration(request: CoapMessage): Said {
  const query = queryOf(request);
  const endpoint = query.get('ep') ?? '';
  const domain = query.get('d') ?? '';
  const type = query.get('et') ?? '';
  if (!isName(endpoint, MOST_NAME_BYTES) || endpoint === '') throw malformed('ep is missing, or is no name');
  if (!isName(domain, MOST_NAME_BYTES)) throw malformed('d is no domain');
  if (!isName(type, MOST_TYPE_BYTES)) throw malformed('et is no type');
  return { endpoint, domain, type, queueMode: false, ...readQuery(query), resources: resourcesOf(request) };
}

/** What an update changes. RegistrationRefused likewise. */
export function readUpdate(request: CoapMessage): Update {
  const update = readQuery(queryOf(request));
  return request.payload.length === 0 ? update : { ...update, resources: resourcesOf(request) };
}

/** The first of each name. */
function queryOf(request: CoapMessage): Map<string, string> {
  const query = new Map<string, string>();
  try {
    for (const text of optionTexts(request.options, OPTIONS.UriQuery)) {
      const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
      if (!query.has(name)) query.set(name, value);
    }
  } catch (error) {
    throw understood(error);
  }
  return query;
}

function readQuery(query: ReadonlyMap<string, string>): Update {
  const [lt, b] = [query.get('lt'), query.get('b')];
  const lifetimeS = lt === undefined ? undefined : /^\d{1,10}$/.test(lt) ? Number(lt) : Number.NaN;
  if (lifetimeS !== undefined && !(lifetimeS >= 1 && lifetimeS <= MOST_LIFETIME_S))
    throw malformed('lt is no lifetime');
  return {
    ...(lifetimeS === undefined ? {} : { lifetimeS }),
    // §5.3.1.1: U, UQ, S, SQ, US, UQS.
    ...(b === undefined ? {} : { queueMode: b.includes('Q') }),
  };
}

function resourcesOf({ payload }: CoapMessage): BoardResource[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    return decodeLinks(text).flatMap(resourceOf);
  } catch (error) {
    throw understood(error);
  }
}

/** Nothing for what names no resource: `</>;rt="oma.lwm2m"` says where the others begin (§5.3.1). */
function resourceOf(link: Link): BoardResource[] {
  if (!PATH.test(link.target) || CONTROL.test(link.target)) return [];
  const [rt, description, ct] = ['rt', 'if', 'ct'].map((name) => attributeOf(link, name));
  return [
    {
      path: link.target,
      ...(rt === undefined ? {} : { rt }),
      ...(description === undefined ? {} : { if: description }),
      ...(ct === undefined ? {} : { ct }),
      obs: attributeOf(link, 'obs') !== undefined,
    },
  ];
}

function isName(text: string, most: number): boolean {
  return Buffer.byteLength(text) <= most && !CONTROL.test(text);
}

function malformed(why: string): RegistrationRefused {
  return new RegistrationRefused(RESPONSES.BadRequest, why);
}

/** A peer's bytes; a mistake of our own passes. */
function understood(error: unknown): unknown {
  if (error instanceof FormatError) return malformed(error.message);
  return error instanceof TypeError ? malformed('the links are not UTF-8') : error;
}
