/**
 * graphite-web's render API: values of metrics in a span of time, as its graphs have them.
 *
 * https://graphite.readthedocs.io/en/latest/render_api.html. Asked by POST, which takes more targets than an address could hold,
 * and with noCache, or an answer may be a minute old (DEFAULT_CACHE_DURATION).
 */
import { FormatError, OutsideError } from '../../protocol/errors.ts';
import { parseSeries, type Series } from './series.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface RenderOptions {
  /** Where graphite-web is; a path before its own, like `/graphite/`, stays. Without user, password, query and fragment. */
  readonly url: URL;
  /** For HTTP's basic scheme (RFC 7617). */
  readonly login?: Login;
}

export interface Question {
  /** At most MOST_TARGETS. */
  readonly targets: readonly string[];
  /** Seconds since 1970; points after `from` and up to `until`. */
  readonly from: number;
  readonly until: number;
  /** Leave out points without a value, and series of only such. */
  readonly onlyValues?: boolean;
}

/** Django, which graphite-web is made with, takes 1,000 fields (DATA_UPLOAD_MAX_NUMBER_FIELDS), some of which are ours. */
export const MOST_TARGETS = 500;
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * lasting   it will answer so tomorrow: the address or the login is wrong
 * large     it answers more than anybody wants
 * down      it does not answer, or is in trouble
 */
export type RenderTrouble = 'lasting' | 'large' | 'down';

const FIXES: Readonly<Record<RenderTrouble, string>> = {
  lasting: 'Check the address of graphite-web and the login: below that address is /render.',
  large: 'Ask for less.',
  down: 'See that graphite-web runs, and what its log says.',
};

/** graphite-web could not be asked, or did not answer what it should. */
export class RenderError extends OutsideError {
  readonly trouble: RenderTrouble;

  constructor(url: URL, trouble: RenderTrouble, why: string, cause?: unknown) {
    super('SERVER', `graphite-web at ${url.href} cannot be read: ${why}`, FIXES[trouble], { cause });
    this.trouble = trouble;
  }
}

export class Render {
  readonly #options: RenderOptions;

  constructor(options: RenderOptions) {
    this.#options = options;
  }

  /** Series without any point may be left out of the answer. RenderError. */
  async ask({ targets, from, until, onlyValues = false }: Question, signal: AbortSignal): Promise<Series[]> {
    const body = new URLSearchParams({ format: 'json', noCache: '1', from: String(from), until: String(until) });
    if (onlyValues) body.append('noNullPoints', '1');
    for (const target of targets) body.append('target', target);
    try {
      return parseSeries(await this.#post(body, signal));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new RenderError(
        this.#options.url,
        'lasting',
        `its answer is not of the render API: ${error.message}`,
        error,
      );
    }
  }

  async #post(body: URLSearchParams, signal: AbortSignal): Promise<string> {
    const { url, login } = this.#options;
    let answer: Response;
    try {
      answer = await fetch(new URL('render', url.href.endsWith('/') ? url : `${url.href}/`), {
        method: 'POST',
        body,
        signal,
        // A login page is no answer, and the login is for this address alone.
        redirect: 'manual',
        headers: { accept: 'application/json', ...(login === undefined ? {} : { authorization: basic(login) }) },
      });
      const text = await bounded(answer);
      if (answer.ok && text !== undefined) return text;
      if (text === undefined) throw new RenderError(url, 'large', `it answers more than ${MOST_ANSWER_BYTES} bytes`);
    } catch (error) {
      if (error instanceof RenderError) throw error;
      throw new RenderError(url, 'down', signal.aborted ? 'it did not answer in time' : whyOf(error), error);
    }
    const { status } = answer;
    // 400 is also said of a moment's trouble within (graphite/errors.py); others below 500 are about address and login.
    const isLasting = status < 500 && status !== 400 && status !== 408 && status !== 429;
    throw new RenderError(url, isLasting ? 'lasting' : 'down', `it answers with status ${status}`);
  }
}

/** Undefined if there is more of it than anybody would ask for. */
async function bounded(answer: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body ?? []) {
    length += piece.length;
    if (length > MOST_ANSWER_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

function whyOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.message ?? message;
}
