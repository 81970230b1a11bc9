/**
 * Reads a ledger: its head, and the presses recounted from their lines, which its last line must agree with.
 *
 * A run that was killed leaves no last line, and perhaps a torn one: that is told as `complete: false`. Anything else
 * that is not as lines.ts says is a FormatError with the number of its line.
 */
import { FormatError } from '../../cloud/protocol/errors.ts';
import { startOfHour } from '../../cloud/protocol/hour.ts';
import { DIALECTS } from '../../cloud/protocol/notification/message.ts';
import { MOST_BOARDS } from '../options.ts';
import type { NamedBoards } from '../scenario/scenario.ts';
import { VIAS } from '../vias.ts';
import type { LedgerHeader } from './lines.ts';
import { type HourCount, Tally } from './tally.ts';

export interface Ledger {
  readonly header: LedgerHeader;
  /** Presses by endpoint and hour, in order of hour, then endpoint. */
  readonly expected: readonly HourCount[];
  readonly pressed: number;
  readonly died: number;
  /** Of them: by endpoint, how many may have been counted. */
  readonly maybe: ReadonlyMap<string, number>;
  /** False: the run was killed, and may have pressed more than it wrote down. */
  readonly complete: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const OTHER_VIAS = VIAS.filter((via) => via !== 'webhook');

/** Rejects with FormatError LEDGER_FORMAT. Lines come without their line ends; empty ones are passed over. */
export async function readLedger(lines: AsyncIterable<string>): Promise<Ledger> {
  const reader = new LedgerReader();
  for await (const line of lines) reader.take(line);
  return reader.end();
}

class LedgerReader {
  readonly #tally = new Tally();
  #line = 0;
  #header: LedgerHeader | undefined;
  #died = 0;
  readonly #maybe = new Map<string, number>();
  #complete = false;
  /** A line that is no JSON: torn if it is the last, else broken. */
  #torn: number | undefined;

  take(text: string): void {
    this.#line += 1;
    if (text.trim() === '') return;
    if (this.#torn !== undefined) throw problem(this.#torn, 'it is no JSON');
    if (this.#complete) throw problem(this.#line, 'nothing may follow the totals');
    const fields = this.#parse(text);
    if (fields === undefined) this.#torn = this.#line;
    else if (this.#header === undefined) this.#header = this.#readHeader(fields);
    else if ('totals' in fields) this.#readTotals(fields.totals);
    else this.#readPress(fields);
  }

  end(): Ledger {
    if (this.#header === undefined) throw problem(this.#torn ?? this.#line, 'it does not begin with a ledger’s head');
    const { total: pressed } = this.#tally;
    const expected = this.#tally.counts();
    const [died, maybe] = [this.#died, this.#maybe];
    return { header: this.#header, expected, pressed, died, maybe, complete: this.#complete };
  }

  #parse(text: string): Fields | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (isFields(value)) return value;
    throw problem(this.#line, 'it is no object');
  }

  #readHeader({ ledger, seed, dialect: spelt, boards, prefix, start, via, before, names }: Fields): LedgerHeader {
    const dialect = DIALECTS.find((name) => name === spelt);
    if (ledger !== 1) throw problem(this.#line, 'it is not the head of a ledger of version 1');
    if (typeof seed !== 'string' || typeof prefix !== 'string') throw problem(this.#line, 'seed or prefix is no text');
    if (dialect === undefined) throw problem(this.#line, 'its dialect is not known');
    if (!isWhole(boards) || boards > MOST_BOARDS) throw problem(this.#line, 'its number of boards is not usable');
    if (typeof start !== 'string' || Number.isNaN(Date.parse(start))) throw problem(this.#line, 'its start is no time');
    const way = OTHER_VIAS.find((name) => name === via);
    if (via !== undefined && way === undefined) throw problem(this.#line, 'how its boards sent is not known');
    const held = before === null ? null : this.#readHours(before, 'before');
    return {
      ...{ seed, dialect, boards, prefix, start, before: held },
      ...(way === undefined ? {} : { via: way }),
      ...(names === undefined ? {} : { names: this.#readNames(names, boards) }),
    };
  }

  #readNames(value: unknown, boards: number): NamedBoards[] {
    const names = (Array.isArray(value) ? value : [undefined]).map((item: unknown): NamedBoards => {
      const { boards: many, prefix } = isFields(item) ? item : {};
      if (!isWhole(many) || !(prefix === undefined || typeof prefix === 'string')) {
        throw problem(this.#line, "'names' is no list of boards");
      }
      return { boards: many, ...(prefix === undefined ? {} : { prefix }) };
    });
    if (names.reduce((sum, one) => sum + one.boards, 0) === boards) return names;
    throw problem(this.#line, "'names' are not as many as its boards");
  }

  #readHours(value: unknown, what: string): HourCount[] {
    if (!Array.isArray(value)) throw problem(this.#line, `'${what}' is no list`);
    return value.map((item: unknown) => {
      const { endpoint, hour, count } = isFields(item) ? item : {};
      if (typeof endpoint === 'string' && isHour(hour) && isWhole(count)) return { endpoint, hour, count };
      throw problem(this.#line, `'${what}' holds something that is no count of an hour`);
    });
  }

  #readPress({ ep, at, boot, value, n = 1, hour, died, maybe }: Fields): void {
    if (typeof ep !== 'string') throw problem(this.#line, 'it names no endpoint');
    if (typeof at !== 'number' || typeof boot !== 'number') throw problem(this.#line, "'at' or 'boot' is no time");
    if (!isWhole(value) || value > 0xffff) throw problem(this.#line, "'value' is no counter");
    if (!isWhole(n) || n === 0) throw problem(this.#line, "'n' is no number of presses");
    if (died === true && hour === undefined) {
      this.#died += n;
      if (maybe === true) this.#maybe.set(ep, (this.#maybe.get(ep) ?? 0) + n);
    } else if (died === undefined && isHour(hour)) this.#tally.add(ep, hour, n);
    else throw problem(this.#line, "it has neither an hour nor 'died'");
  }

  #readTotals(totals: unknown): void {
    const { pressed, died, hours } = isFields(totals) ? totals : {};
    if (pressed !== this.#tally.total)
      throw problem(this.#line, `lines tell ${this.#tally.total} presses, not as it says`);
    if (died !== this.#died) throw problem(this.#line, `lines tell ${this.#died} presses that died, not as it says`);
    const [told, recounted] = [this.#readHours(hours, 'hours'), this.#tally.counts()];
    const agrees = recounted.every((one, index) => isSame(one, told[index]));
    if (!agrees || told.length !== recounted.length) throw problem(this.#line, 'its hours are not those of the lines');
    this.#complete = true;
  }
}

function problem(line: number, what: string): FormatError {
  return new FormatError('LEDGER_FORMAT', `bad ledger at line ${line}: ${what}`);
}

function isSame(a: HourCount, b: HourCount | undefined): boolean {
  return a.endpoint === b?.endpoint && a.hour === b.hour && a.count === b.count;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHour(value: unknown): value is string {
  return typeof value === 'string' && startOfHour(value) !== undefined;
}
