/** Whether carbon.conf lets a carbon-cache take many boards at once. Pure. */
import type { Finding } from './finding.ts';
import type { Section } from './ini.ts';

const FILE = 'carbon.conf';
/** Fewer a second, and some hundred boards' hour takes carbon longer than anybody waits for it. */
const LEAST_UPDATES = 100;
/** carbon holds so many values at least before it stops to read: an hour of as many boards. */
const LEAST_CACHE = 20_000;
/** Frames of the pickle protocol have up to so many bytes. */
const LEAST_FRAME = 2 ** 20;

/** What carbon takes where a setting is missing: carbon/conf.py. */
const DEFAULTS = {
  MAX_CREATES_PER_MINUTE: 'inf',
  MAX_UPDATES_PER_SECOND: '500',
  MAX_CACHE_SIZE: 'inf',
  USE_FLOW_CONTROL: 'True',
  PICKLE_RECEIVER_MAX_LENGTH: String(LEAST_FRAME),
} as const;

type Setting = keyof typeof DEFAULTS;

export function judgeCarbonConf(sections: readonly Section[]): Finding[] {
  const main = sections.find(({ name }) => name === 'cache');
  if (main === undefined)
    return [{ level: 'note', of: FILE, text: 'it has no section [cache]: carbon takes its own values' }];
  // Further caches of one machine have sections of their own, over the first: [cache:b].
  const caches = sections.filter(({ name }) => name === 'cache' || name.startsWith('cache:'));
  return caches.flatMap((cache) => judgeCache(cache, main));
}

function judgeCache(cache: Section, main: Section): Finding[] {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], text: string): void =>
    void findings.push({ level, of: FILE, text: `[${cache.name}] ${text}` });
  const textOf = (name: Setting): string =>
    cache.values.get(name.toLowerCase()) ?? main.values.get(name.toLowerCase()) ?? DEFAULTS[name];
  const numberOf = (name: Setting): number => {
    const text = textOf(name).trim().toLowerCase();
    const value = /^[+]?inf(inity)?$/.test(text)
      ? Number.POSITIVE_INFINITY
      : /^\d+(\.\d+)?$/.test(text)
        ? Number(text)
        : Number.NaN;
    if (Number.isNaN(value)) say('wrong', `${name} is no number: carbon does not start with it`);
    return value;
  };
  const creates = numberOf('MAX_CREATES_PER_MINUTE');
  if (Number.isFinite(creates)) {
    say(
      'wrong',
      `MAX_CREATES_PER_MINUTE is ${creates}: carbon drops the first totals of further boards without a word; they are told again until they are there, ${creates} boards a minute. Write inf`,
    );
  }
  const updates = numberOf('MAX_UPDATES_PER_SECOND');
  if (updates < LEAST_UPDATES) {
    say(
      'wrong',
      `MAX_UPDATES_PER_SECOND is ${updates}: a new board is seen when its file is written, so 1,000 take ${seconds(1_000 / updates)}`,
    );
  } else if (Number.isFinite(updates)) {
    say('note', `MAX_UPDATES_PER_SECOND is ${updates}: 10,000 new boards take ${seconds(10_000 / updates)} to be seen`);
  }
  const cached = numberOf('MAX_CACHE_SIZE');
  const flow = /^(1|yes|true|on)$/i.test(textOf('USE_FLOW_CONTROL').trim());
  if (Number.isFinite(cached) && !flow) {
    say('wrong', `MAX_CACHE_SIZE is ${cached} and USE_FLOW_CONTROL is off: carbon drops what is more without a word`);
  } else if (cached < LEAST_CACHE) {
    say(
      'wrong',
      `MAX_CACHE_SIZE is ${cached}: carbon stops reading when it holds so many values. Write inf, or some 100000`,
    );
  }
  const frame = numberOf('PICKLE_RECEIVER_MAX_LENGTH');
  if (frame < LEAST_FRAME) {
    say(
      'wrong',
      `PICKLE_RECEIVER_MAX_LENGTH is ${frame}: carbon ends a connection by the pickle protocol. Write ${LEAST_FRAME}`,
    );
  }
  return findings;
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${Math.ceil(value)} s` : 'for ever';
}
