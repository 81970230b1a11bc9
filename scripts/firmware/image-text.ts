/** What is in an image and what is wrong with it, for people and as JSON. */
import type { ImageFinding, ImageReport, ImageVerdict } from '../../firmware-template/image/inspect.ts';
import { FLASH_BYTES, hex } from '../../firmware-template/image/k64f.ts';
import { printable } from '../printable.ts';

const VERDICTS: Readonly<Record<ImageVerdict, string>> = {
  flash: 'may be flashed',
  never: 'must never be flashed: it would lock the chip',
  broken: 'cannot run on a K64F',
  other: 'is not the firmware that was asked for',
};

/** A line with the verdict, a table, and what was found. */
export function imageText(path: string, report: ImageReport): string {
  const rows = rowsOf(report).map(([name, value]) => `  ${name.padEnd(10)}${printable(value)}\n`);
  const findings = report.findings.map(findingText);
  return [`${printable(path)} ${VERDICTS[report.verdict]}\n`, ...rows, ...findings].join('');
}

/** As `--json` prints it: null is what could not be read. */
export function imageJson(path: string, report: ImageReport): object {
  const { vectors, flashConfig, ...others } = report;
  return { file: path, ...others, vectors: vectors ?? null, flashConfig: flashConfig ?? null };
}

function rowsOf({ format, size, vectors, flashConfig, serverUris, endpoints }: ImageReport): readonly Row[] {
  const used = `${size.toLocaleString('en')} of ${FLASH_BYTES.toLocaleString('en')} bytes of flash`;
  const rows: Row[] = [['format', `${format === 'bin' ? 'binary' : 'Intel HEX'}, ${used}`]];
  if (vectors !== undefined) {
    const { stackPointer, reset, nmi, hardFault } = vectors;
    rows.push(['stack', `from ${hex(stackPointer)} down`]);
    rows.push(['starts at', `${hex(reset)} (NMI ${hex(nmi)}, HardFault ${hex(hardFault)})`]);
  }
  if (flashConfig !== undefined) {
    rows.push(['security', `FSEC ${hex(flashConfig.fsec, 2)}: ${flashConfig.words.join(', ')}`]);
  }
  return [...rows, ['server', serverUris.join(', ') || 'none'], ['board', endpoints.join(', ') || 'none']];
}

type Row = readonly [name: string, value: string];

function findingText({ level, message, consequence, fix }: ImageFinding): string {
  const label = level === 'warning' ? 'warning' : 'error';
  return `${label}: ${printable(message)}\n  ${printable(consequence)}\n  ${printable(fix)}\n`;
}
