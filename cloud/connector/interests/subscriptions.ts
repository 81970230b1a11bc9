/**
 * Who wants which resources of which boards, and so what is observed and who is told.
 *
 *   PUT /v2/subscriptions/{ep}/{path} ─► single paths ─┐
 *   PUT /v2/subscriptions ─► rules ─► match ───────────┴─► wanted of a board: path ─► keys   (made once, until one changes)
 *                      board registered ─┘                                         └─► those that have a channel
 *
 * What a key without a channel wants is kept, and rests until it has one: nobody would take its events.
 * Deviations, both so that no press has to wait or is lost: rules are applied to registered boards at once (Pelion: at their
 * next registration or update), and single paths outlive a board's registration (Pelion: they go with a full one). What
 * Device Connector wiped with it is wiped in its dialect. Source: Connector-mDS-REST-API docs/api-reference.md,
 * "Subscriptions"; Pelion OpenAPI of 29 April 2020.
 */
import type { Rule } from '../client/rules.ts';
import type { ChannelRecords } from '../events/channel-records.ts';
import type { Interests } from './interests.ts';
import { KeyInterests } from './key-interests.ts';
import { KnownBoards } from './known-boards.ts';
import { RecordWriter } from './record-writer.ts';
import type { KnownBoard } from './rule-match.ts';

export interface SubscriptionsParts {
  readonly records: ChannelRecords;
  /** Keys that have a channel. */
  readonly channelKeys: () => readonly string[];
  readonly hasChannel: (key: string) => boolean;
  readonly limits?: Partial<SubscriptionLimits>;
}

export interface SubscriptionLimits {
  /** Single paths of one key, of all boards. */
  readonly ofKey: number;
  /** Paths of one board that anybody wants. */
  readonly ofBoard: number;
}

export const SUBSCRIPTION_LIMITS: SubscriptionLimits = { ofKey: 100_000, ofBoard: 1_000 };

/** `reason` is for whoever asked. */
export type Subscribing = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** As the REST API is spoken: what a PUT and a DELETE of rules do differs. */
type Spoken = 'mdc' | 'pelion';

/** Of one board. */
interface Wanted {
  readonly paths: ReadonlySet<string>;
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/** The kind under which ChannelRecords keeps them. */
const RECORD_KIND = 'subscriptions';
const LONGEST_NAME = 256;
/** Pelion OpenAPI of 29 April 2020: a resource's path has up to 255 characters. */
const LONGEST_PATH = 255;

/**
 * Whatever changes is so at once, and resolves when it is on disk. StoreError STORE_DOWN: it is so until the connector ends,
 * and goes to the disk with the key's next change.
 */
export class Subscriptions implements Interests {
  readonly #parts: SubscriptionsParts;
  readonly #limits: SubscriptionLimits;
  readonly #byKey = new Map<string, KeyInterests>();
  readonly #boards = new KnownBoards();
  readonly #wanted = new Map<string, Wanted>();
  readonly #writer: RecordWriter;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
    this.#limits = { ...SUBSCRIPTION_LIMITS, ...parts.limits };
    for (const [key, text] of parts.records.load(RECORD_KIND)) this.#byKey.set(key, KeyInterests.read(text));
    const textOf = (key: string): string | undefined => this.#byKey.get(key)?.write();
    this.#writer = new RecordWriter({ records: parts.records, kind: RECORD_KIND, textOf });
  }

  pathsOf(endpoint: string): ReadonlySet<string> {
    const { keys } = this.#wantedOf(endpoint);
    return new Set([...keys].filter(([, of]) => of.some(this.#parts.hasChannel)).map(([path]) => path));
  }

  keysFor(endpoint: string, path: string): readonly string[] {
    return this.#wantedBy(endpoint, path).filter(this.#parts.hasChannel);
  }

  channelKeys(): readonly string[] {
    return this.#parts.channelKeys();
  }

  registered({ endpoint, type, resources }: KnownBoard): void {
    this.#boards.registered({ endpoint, type, resources });
    this.#wanted.delete(endpoint);
  }

  /** A board is not registered any more: its single subscriptions stay, and what rules meant of it for a while. */
  gone(endpoint: string): void {
    const forgotten = this.#boards.left(endpoint);
    if (forgotten !== undefined) this.#wanted.delete(forgotten);
  }

  async subscribe(key: string, endpoint: string, path: string): Promise<Subscribing> {
    const present = this.#byKey.get(key);
    if (present?.of(endpoint).has(path) === true) {
      await this.#writer.settled(key);
      return { accepted: true };
    }
    const reason = this.#whyNot(present, endpoint, path);
    if (reason !== undefined) return { accepted: false, reason };
    this.#interestsOf(key).add(endpoint, path);
    this.#wanted.delete(endpoint);
    await this.#writer.changed(key);
    return { accepted: true };
  }

  /** One path, or all of the board. False: there was none. */
  async unsubscribe(key: string, endpoint: string, path?: string): Promise<boolean> {
    const isThere = this.#byKey.get(key)?.drop(endpoint, path) ?? false;
    if (!isThere) {
      await this.#writer.settled(key);
      return false;
    }
    this.#wanted.delete(endpoint);
    await this.#changed(key);
    return true;
  }

  /** Singly, or by a rule. */
  isSubscribed(key: string, endpoint: string, path: string): boolean {
    return this.#byKey.get(key)?.of(endpoint).has(path) === true || this.#wantedBy(endpoint, path).includes(key);
  }

  /** Paths of this board that the key wants, singly and by rules. */
  of(key: string, endpoint: string): readonly string[] {
    return [...this.#wantedOf(endpoint).keys].filter(([, keys]) => keys.includes(key)).map(([path]) => path);
  }

  rules(key: string): readonly Rule[] {
    return this.#byKey.get(key)?.rules ?? [];
  }

  /** Replaces the rules of the key. Device Connector wiped its single subscriptions with that. */
  async setRules(key: string, rules: readonly Rule[], spoken: Spoken): Promise<void> {
    const interests = this.#interestsOf(key);
    interests.rules = rules;
    if (spoken === 'mdc') for (const endpoint of interests.endpoints()) interests.drop(endpoint);
    this.#wanted.clear();
    await this.#changed(key);
  }

  /** DELETE /v2/subscriptions: Device Connector's drops what is subscribed singly, Pelion's (from February 2018) the rules. */
  async dropAll(key: string, spoken: Spoken): Promise<void> {
    const interests = this.#byKey.get(key);
    if (spoken === 'pelion') await this.setRules(key, [], spoken);
    else if (interests !== undefined) await this.setRules(key, interests.rules, spoken);
  }

  async forgetKey(key: string): Promise<void> {
    this.#byKey.delete(key);
    this.#wanted.clear();
    await this.#writer.changed(key);
  }

  #whyNot(present: KeyInterests | undefined, endpoint: string, path: string): string | undefined {
    if (!isText(endpoint, LONGEST_NAME)) return `a board has a name of 1 to ${LONGEST_NAME} characters`;
    if (!isText(path, LONGEST_PATH) || !path.startsWith('/')) {
      return `a path begins with a slash and has at most ${LONGEST_PATH} characters`;
    }
    if ((present?.count ?? 0) >= this.#limits.ofKey) return `the key has ${this.#limits.ofKey} subscriptions already`;
    const { paths } = this.#wantedOf(endpoint);
    if (paths.size < this.#limits.ofBoard || paths.has(path)) return undefined;
    return `the board has ${this.#limits.ofBoard} subscriptions already`;
  }

  #interestsOf(key: string): KeyInterests {
    const present = this.#byKey.get(key);
    if (present !== undefined) return present;
    const made = new KeyInterests();
    this.#byKey.set(key, made);
    return made;
  }

  async #changed(key: string): Promise<void> {
    if (this.#byKey.get(key)?.isEmpty === true) this.#byKey.delete(key);
    await this.#writer.changed(key);
  }

  /** With a channel or without. */
  #wantedBy(endpoint: string, path: string): readonly string[] {
    return this.#wantedOf(endpoint).keys.get(path) ?? NOBODY;
  }

  #wantedOf(endpoint: string): Wanted {
    const made = this.#wanted.get(endpoint);
    if (made !== undefined) return made;
    const board = this.#boards.get(endpoint);
    const keys = new Map<string, string[]>();
    for (const [key, interests] of this.#byKey) {
      const byRules = board === undefined ? [] : interests.matcher(board);
      const meant = new Set([...byRules, ...interests.of(endpoint)]);
      for (const path of meant) {
        const others = keys.get(path);
        if (others === undefined) keys.set(path, [key]);
        else others.push(key);
      }
    }
    // Names that nobody knows are not remembered, whoever asks for them.
    if (board === undefined && keys.size === 0) return NOTHING;
    const wanted = { paths: new Set(keys.keys()), keys };
    this.#wanted.set(endpoint, wanted);
    return wanted;
  }
}

const NOBODY: readonly string[] = [];
const NOTHING: Wanted = { paths: new Set(), keys: new Map() };

function isText(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && text.isWellFormed();
}
