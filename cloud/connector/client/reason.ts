/**
 * The reason in a refusal's body. Device Connector sent plain text; Pelion sends an error object,
 *
 *   {"object":"error","code":400,"type":"validation_error","message":"…","fields":[{"name":"url","message":"…"}]}
 *
 * or a bare string in quotes. Source: Connector-mDS-REST-API docs/api-reference.md; Pelion "Troubleshooting the APIs".
 */
import type { Clean } from './answer.ts';

/** Characters of it that are shown. */
const SHOWN = 300;
/** Fields that are named, of those the service found fault with. */
const SHOWN_FIELDS = 5;
/** A body is looked at as JSON up to this many characters; an error object is far shorter. */
const JSON_LIMIT = 64 * 1024;

/** The body's reason in one line; empty where it holds none. A web page is no reason. */
export function reasonIn(text: string, type: string, clean: Clean): string {
  if (type === 'text/html' || /^\s*<(!doctype|html)/i.test(text)) return '';
  const said = errorObjectText(text) ?? text;
  const line = clean(said.replaceAll(/\s+/g, ' ').trim());
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

function errorObjectText(text: string): string | undefined {
  if (text.length > JSON_LIMIT) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { message, fields } = value as { message?: unknown; fields?: unknown };
  if (typeof message !== 'string') return undefined;
  const faults = Array.isArray(fields) ? fields.slice(0, SHOWN_FIELDS).flatMap(faultText) : [];
  return faults.length === 0 ? message : `${message} (${faults.join('; ')})`;
}

function faultText(field: unknown): string[] {
  if (typeof field !== 'object' || field === null) return [];
  const { name, message } = field as { name?: unknown; message?: unknown };
  return [[name, message].filter((part) => typeof part === 'string').join(': ')].filter((part) => part !== '');
}

/** Takes secrets out of a text, also in the form that JSON or a URL gives them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  // The longest first: one secret may be the beginning of another.
  const longestFirst = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, form) => rest.replaceAll(form, '***'), text);
}
