/**
 * The resources a request can name, by path without its first slash: those that mbed-os-example-client makes (main.cpp),
 * and those of the Device object that its registration leaves out (simpleclient.h, mbed-client m2mdevice.cpp).
 *
 * Objects and instances are no resources, but for `3/0`; a request for one finds nothing.
 */
import { CONTENT_FORMATS } from '../../cloud/protocol/coap/content-formats.ts';
import { encodeTlv, type TlvMultipleResource } from '../../cloud/protocol/payload/tlv.ts';
import { BIG_DATA, type ChangingPath, NOTHING, type ObservedPath, PATTERN } from './state.ts';
import { bytesOfText } from './text.ts';

export interface Resource {
  readonly path: string;
  /** Methods that it takes. */
  readonly get?: true;
  readonly put?: true;
  readonly post?: true;
  readonly observable?: true;
  readonly contentFormat: number;
  /** Of one that never changes; the others' are in the client. */
  readonly value?: Uint8Array;
  readonly rt: string;
}

export const BLINK = '3201/0/5850';

/** The Device object's texts, in the order that its instance lists them. */
const DEVICE_TEXTS: readonly (readonly [number, string])[] = [
  [16, 'U'],
  [0, 'Manufacturer_String'],
  [17, 'Type_String'],
  [1, 'ModelNumber_String'],
  [2, 'SerialNumber_String'],
];
const REBOOT = { kind: 'resource', id: 4, value: NOTHING } as const;
/** One instance of the error code: none. As text, like all that mbed-client writes into a TLV. */
const ERROR_CODE: TlvMultipleResource = {
  kind: 'multiple-resource',
  id: 11,
  instances: [{ kind: 'resource-instance', id: 0, value: bytesOfText('0') }],
};
const DEVICE = encodeTlv([
  REBOOT,
  ERROR_CODE,
  ...DEVICE_TEXTS.map(([id, text]) => ({ kind: 'resource' as const, id, value: bytesOfText(text) })),
]);

const text = { contentFormat: CONTENT_FORMATS.text, rt: '' } as const;
const tlv = { contentFormat: CONTENT_FORMATS.tlvOfDrafts, rt: '' } as const;

const ALL: readonly Resource[] = [
  { ...text, path: '3200/0/5501', get: true, observable: true, rt: 'Button' },
  { ...text, path: '3200/0/5502', get: true, observable: true, rt: 'Timer' },
  { ...text, path: BIG_DATA, get: true, put: true, observable: true, rt: 'BigData' },
  { ...text, path: PATTERN, get: true, put: true, rt: 'Pattern' },
  { ...text, path: BLINK, post: true, rt: 'Blink' },
  { ...tlv, path: '3/0', get: true, value: DEVICE },
  { ...text, path: '3/0/4', post: true },
  { ...tlv, path: '3/0/11', get: true, value: encodeTlv([ERROR_CODE]) },
  { ...text, path: '3/0/11/0', get: true, value: bytesOfText('0') },
  ...DEVICE_TEXTS.map(([id, value]) => ({ ...text, path: `3/0/${id}`, get: true as const, value: bytesOfText(value) })),
];

export const RESOURCES: ReadonlyMap<string, Resource> = new Map(ALL.map((resource) => [resource.path, resource]));

const OBSERVED = new Set(ALL.filter(({ observable }) => observable).map(({ path }) => path));

export function isObserved(path: string): path is ObservedPath {
  return OBSERVED.has(path);
}

export function isChanging(path: string): path is ChangingPath {
  return OBSERVED.has(path) || path === PATTERN;
}
