/**
 * The first words of an image: where its stack begins, and where the processor goes at a reset, an NMI and a fault.
 *
 * Of those four DAPLink tells an image (source/daplink/validation.c); it asks less of them than the processor does, to
 * which an even address is no code (Armv7-M Architecture Reference Manual, B1.5.3).
 */
import { BUILD_AGAIN, COPY_AGAIN, type ImageFinding, TIMES_OUT } from './finding.ts';
import { CODE_AT, FLASH_BYTES, hex, RAM } from './k64f.ts';

export interface Vectors {
  readonly stackPointer: number;
  readonly reset: number;
  readonly nmi: number;
  readonly hardFault: number;
}

const NAMES = { reset: 'Reset', nmi: 'NMI', hardFault: 'HardFault' } as const;
/** Handlers that every Armv7-M has after those, by their place in the table; the others are reserved. */
const FURTHER = {
  4: 'MemManage',
  5: 'BusFault',
  6: 'UsageFault',
  11: 'SVCall',
  12: 'DebugMonitor',
  14: 'PendSV',
  15: 'SysTick',
};

/** Undefined if the image ends before they do. */
export function readVectors(image: Uint8Array): Vectors | undefined {
  if (image.length < 16) return undefined;
  const [stackPointer, reset, nmi, hardFault] = [0, 1, 2, 3].map((place) => wordAt(image, place));
  return { stackPointer: stackPointer!, reset: reset!, nmi: nmi!, hardFault: hardFault! };
}

/** Whether DAPLink would take the beginning for that of a K64F's image. */
export function looksLikeImage({ stackPointer, ...handlers }: Vectors): boolean {
  return isInRam(stackPointer) && Object.values(handlers).every((address) => address <= FLASH_BYTES);
}

/** What of them could not work. */
export function checkVectors(image: Uint8Array, vectors: Vectors): readonly ImageFinding[] {
  return [...checkStack(vectors.stackPointer), ...checkHandlers(handlersOf(image, vectors), image.length)];
}

interface Handler {
  readonly name: string;
  readonly address: number;
}

/** The three that DAPLink looks at, and of the others those that are there: they may be left out (0). */
function handlersOf(image: Uint8Array, vectors: Vectors): readonly Handler[] {
  const first = (['reset', 'nmi', 'hardFault'] as const).map((key) => ({ name: NAMES[key], address: vectors[key] }));
  if (image.length < CODE_AT || !looksLikeImage(vectors)) return first;
  const further = Object.entries(FURTHER).map(([place, name]) => ({ name, address: wordAt(image, Number(place)) }));
  return [...first, ...further.filter(({ address }) => address !== 0)];
}

function checkStack(stackPointer: number): readonly ImageFinding[] {
  const found = `its stack would begin at ${hex(stackPointer)}`;
  const base = { code: 'BAD_STACK', level: 'error', fix: BUILD_AGAIN } as const;
  if (!isInRam(stackPointer)) {
    const range = `${hex(RAM.start)} to ${hex(RAM.end)}`;
    return [{ ...base, message: `${found}, where a K64F has no RAM (${range})`, consequence: TIMES_OUT }];
  }
  if (stackPointer === RAM.start || stackPointer % 8 !== 0) {
    const why = stackPointer === RAM.start ? 'which leaves it no room' : 'which is no multiple of 8';
    return [{ ...base, message: `${found}, ${why}`, consequence: 'DAPLink would take it; it would crash.' }];
  }
  return [];
}

/** One finding for each way of being wrong, and the handlers that are. */
function checkHandlers(handlers: readonly Handler[], size: number): readonly ImageFinding[] {
  const wrong = Map.groupBy(handlers, ({ address }) => problemOf(address, size));
  return [...wrong].flatMap(([problem, those]) => {
    if (problem === undefined) return [];
    const { code, why, consequence, fix } = PROBLEMS[problem];
    const names = those.map(({ name }) => name).join(', ');
    const places = those.map(({ address }) => hex(address)).join(', ');
    const message = `its ${those.length === 1 ? 'handler' : 'handlers'} for ${names} would be at ${places}, ${why}`;
    return [{ code, level: 'error', message, consequence, fix }];
  });
}

const CRASHES = 'DAPLink would take it; it would crash and say nothing.';
const PROBLEMS = {
  outside: { code: 'BAD_VECTOR', why: 'where a K64F has no flash', consequence: TIMES_OUT, fix: BUILD_AGAIN },
  even: { code: 'BAD_VECTOR', why: 'an even address, which is no code', consequence: CRASHES, fix: BUILD_AGAIN },
  early: { code: 'BAD_VECTOR', why: 'among the vectors', consequence: CRASHES, fix: BUILD_AGAIN },
  beyond: { code: 'CUT_OFF', why: 'beyond its end: it is cut off', consequence: CRASHES, fix: COPY_AGAIN },
} as const;

function problemOf(address: number, size: number): keyof typeof PROBLEMS | undefined {
  if (address > FLASH_BYTES) return 'outside';
  if (address % 2 === 0) return 'even';
  if (address < CODE_AT) return 'early';
  return address < size ? undefined : 'beyond';
}

function isInRam(stackPointer: number): boolean {
  return stackPointer >= RAM.start && stackPointer <= RAM.end;
}

function wordAt(image: Uint8Array, place: number): number {
  return new DataView(image.buffer, image.byteOffset, image.byteLength).getUint32(4 * place, true);
}
