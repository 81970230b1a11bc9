/**
 * Which options mbed-coap can read (sn_coap_parser.c): any other makes it reset the message, elective or not, and so does a
 * value that is too long, or a second one where it expects one.
 */
import type { CoapOption } from '../../cloud/protocol/coap/message.ts';
import { OPTIONS } from '../../cloud/protocol/coap/options.ts';

interface Rule {
  readonly least: number;
  readonly most: number;
  readonly once: boolean;
}

const once = (most: number, least = 0): Rule => ({ least, most, once: true });
const often = (most: number, least = 0): Rule => ({ least, most, once: false });

const RULES: ReadonlyMap<number, Rule> = new Map([
  [OPTIONS.UriHost, once(255, 1)],
  [OPTIONS.ETag, often(8, 1)],
  // Two bytes: a number above 65,535 is no number of its own either.
  [OPTIONS.Observe, once(2)],
  [OPTIONS.UriPort, once(2)],
  [OPTIONS.LocationPath, often(255)],
  [OPTIONS.UriPath, often(255)],
  [OPTIONS.ContentFormat, once(2)],
  [OPTIONS.MaxAge, often(4)],
  [OPTIONS.UriQuery, often(255)],
  [OPTIONS.Accept, once(2)],
  [OPTIONS.LocationQuery, often(255)],
  [OPTIONS.Block2, once(3)],
  [OPTIONS.Block1, once(3)],
  [OPTIONS.Size2, once(4)],
  [OPTIONS.ProxyUri, once(1034, 1)],
  [OPTIONS.Size1, once(4)],
]);

/** Whether the board reads all of them. Ascending by number. */
export function areKnown(options: readonly CoapOption[]): boolean {
  return options.every(({ number, value }, index) => {
    const rule = RULES.get(number);
    if (rule === undefined || value.length < rule.least || value.length > rule.most) return false;
    return !(rule.once && index > 0 && options[index - 1]!.number === number);
  });
}
