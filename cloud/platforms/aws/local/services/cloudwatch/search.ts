/**
 * SEARCH expressions: `SEARCH('{Namespace,Dimension} MetricName="x" …', 'Statistic', Period)`.
 *
 *   search  = [ '{' namespace { ',' dimension } '}' ] [ any ]
 *   any     = every { 'OR' every }
 *   every   = one { [ 'AND' ] one }
 *   one     = 'NOT' one | '(' any ')' | [ name '=' ] ( word | '(' any ')' )
 *
 * A word in double quotes is to be equal; one without matches by its parts, whatever their case.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
import { refuse } from './errors.ts';
import type { MetricName } from './metric.ts';

export interface Search {
  readonly matches: (metric: MetricName) => boolean;
  readonly statistic: string;
  /** Seconds, where the expression says it. */
  readonly period: number | undefined;
}

type Test = (metric: MetricName) => boolean;

const CALL = /^\s*SEARCH\s*\(\s*'([^']*)'\s*,\s*'([^']*)'\s*(?:,\s*(\d{1,9})\s*)?\)\s*$/;
/** The service's own bound: it also keeps the nesting of parentheses small. */
const MAX_LENGTH = 1_024;

/** ValidationError for what is no SEARCH, or a SEARCH that cannot be read. */
export function parseSearch(expression: string): Search {
  const [, query, statistic, period] = CALL.exec(expression) ?? [];
  if (query === undefined || statistic === undefined) {
    throw wrong(expression, 'on this machine, expressions are SEARCH alone: metric math and queries are not computed');
  }
  if (query.length > MAX_LENGTH) throw wrong(expression, `the search is longer than ${MAX_LENGTH} characters`);
  const words = new Words(query, expression);
  const schema = words.schema();
  const rest = words.atEnd ? undefined : words.any(undefined);
  if (!words.atEnd) throw wrong(expression, `${words.next} was not expected`);
  if (schema === undefined && rest === undefined) throw wrong(expression, 'it searches for nothing');
  return {
    matches: (metric) => (schema?.(metric) ?? true) && (rest?.(metric) ?? true),
    statistic,
    period: period === undefined ? undefined : Number(period),
  };
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

const WORD = /\s*(?:"([^"]*)"|([{}(),=])|([^\s"{}(),=]+))/y;

class Words {
  readonly #words: Word[] = [];
  readonly #expression: string;
  #at = 0;

  constructor(query: string, expression: string) {
    this.#expression = expression;
    const text = query.trimEnd();
    WORD.lastIndex = 0;
    while (WORD.lastIndex < text.length) {
      const match = WORD.exec(text);
      if (match === null) throw wrong(expression, 'a quote is not closed');
      this.#words.push({ text: match[1] ?? match[2] ?? match[3]!, quoted: match[1] !== undefined });
    }
  }

  get atEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  get next(): string {
    return this.#words[this.#at]?.text ?? 'its end';
  }

  /** The part in braces: metrics of that namespace with exactly those dimensions. */
  schema(): Test | undefined {
    if (!this.#skip('{')) return undefined;
    const names: string[] = [];
    do names.push(this.#word().text);
    while (this.#skip(','));
    this.#demand('}');
    const [namespace, ...dimensions] = names;
    const wanted = JSON.stringify(dimensions.sort());
    return (metric) =>
      metric.namespace === namespace && JSON.stringify(metric.dimensions.map(({ name }) => name).sort()) === wanted;
  }

  any(property: string | undefined): Test {
    const tests = [this.#every(property)];
    while (this.#skip('OR')) tests.push(this.#every(property));
    return (metric) => tests.some((test) => test(metric));
  }

  #every(property: string | undefined): Test {
    const tests = [this.#one(property)];
    while (!this.atEnd && !this.#is('OR') && !this.#is(')')) {
      this.#skip('AND');
      tests.push(this.#one(property));
    }
    return (metric) => tests.every((test) => test(metric));
  }

  #one(property: string | undefined): Test {
    if (this.#skip('NOT')) {
      const test = this.#one(property);
      return (metric) => !test(metric);
    }
    if (this.#skip('(')) {
      const test = this.any(property);
      this.#demand(')');
      return test;
    }
    const word = this.#word();
    if (!this.#skip('=')) return has(property, word);
    return this.#is('(') ? this.#one(word.text) : has(word.text, this.#word());
  }

  #word(): Word {
    const word = this.#words[this.#at];
    if (word === undefined || (!word.quoted && /^[{}(),=]$/.test(word.text))) {
      throw wrong(this.#expression, `a word was expected, not ${this.next}`);
    }
    this.#at += 1;
    return word;
  }

  #is(text: string): boolean {
    const word = this.#words[this.#at];
    return word !== undefined && !word.quoted && word.text === text;
  }

  #skip(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += 1;
    return true;
  }

  #demand(text: string): void {
    if (!this.#skip(text)) throw wrong(this.#expression, `${text} was expected, not ${this.next}`);
  }
}

/** Whether the property (any, without a name) is that word. */
function has(property: string | undefined, { text, quoted }: Word): Test {
  return (metric) => {
    const values = [
      ['Namespace', metric.namespace],
      ['MetricName', metric.name],
      ...metric.dimensions.map(({ name, value }) => [name, value]),
    ].flatMap(([name, value]) => (property === undefined || name === property ? [value!] : []));
    if (quoted) return values.includes(text);
    const wanted = partsOf(text);
    return values.some((value) => {
      const parts = new Set(partsOf(value));
      return value.toLowerCase() === text.toLowerCase() || (wanted.length > 0 && wanted.every((one) => parts.has(one)));
    });
  };
}

/** Letters and digits between other characters, and the words within camel case, in lower case. */
function partsOf(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const within = words.flatMap((word) => word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lo}+/gu) ?? []);
  return [...new Set([...words, ...within].map((word) => word.toLowerCase()))];
}

function wrong(expression: string, why: string) {
  return refuse('ValidationError', `Error in expression '${expression.slice(0, 200)}': ${why}.`);
}
