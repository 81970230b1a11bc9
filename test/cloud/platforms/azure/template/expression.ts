/**
 * Enough of ARM's expressions to check a template without Azure: parses them, and evaluates those whose value is known before a
 * deployment. https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions
 */

/** A call with its arguments and the properties asked of its result, or a text or a number. */
export type Expression =
  | { readonly call: string; readonly args: readonly Expression[]; readonly path: readonly string[] }
  | string
  | number;

/** Undefined if the text is none: expressions stand in brackets. Throws for one that is broken. */
export function parse(text: string): Expression | undefined {
  if (!text.startsWith('[') || text.startsWith('[[')) return undefined;
  if (!text.endsWith(']')) throw new Error(`no bracket closes ${text}`);
  const parser = new Parser(text.slice(1, -1));
  const parsed = parser.expression();
  if (!parser.isDone()) throw new Error(`more than an expression: ${text}`);
  return parsed;
}

/** The expression and all that are in it. */
export function* within(expression: Expression): Iterable<Expression> {
  yield expression;
  if (typeof expression === 'object') for (const arg of expression.args) yield* within(arg);
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isDone(): boolean {
    this.#take(/\s*/y);
    return this.#at === this.#text.length;
  }

  expression(): Expression {
    this.#take(/\s*/y);
    const quoted = this.#take(/'((?:[^']|'')*)'/y);
    if (quoted !== undefined) return quoted.slice(1, -1).replaceAll("''", "'");
    const digits = this.#take(/-?\d+/y);
    if (digits !== undefined) return Number(digits);
    const call = this.#take(/[A-Za-z]+(?=\()/y);
    if (call === undefined) throw new Error(`no expression at ${this.#at} of ${this.#text}`);
    const args: Expression[] = [];
    this.#demand(/\(\s*/y);
    for (let more = this.#take(/\)/y) === undefined; more; ) {
      args.push(this.expression());
      more = this.#demand(/\s*[,)]/y).trim() === ',';
    }
    const path: string[] = [];
    for (let name = this.#take(/\.\w+/y); name !== undefined; name = this.#take(/\.\w+/y)) path.push(name.slice(1));
    return { call, args, path };
  }

  #demand(pattern: RegExp): string {
    const found = this.#take(pattern);
    if (found === undefined) throw new Error(`${pattern} is missing at ${this.#at} of ${this.#text}`);
    return found;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
