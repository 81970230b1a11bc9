/** The boards that were found, for people and as JSON. */
import type { FoundDrive } from '../../firmware-template/drive/find.ts';
import { printable } from '../printable.ts';

/** A few lines for each board. What a drive or a device says of itself is made harmless. */
export function boardsText(boards: readonly FoundDrive[]): string {
  return boards.map((found) => `${printableLines(linesOf(found))}\n`).join('\n');
}

/** As `--json` prints it: null is what is not known. */
export function boardsJson(boards: readonly FoundDrive[]) {
  return {
    boards: boards.map(({ state, board, uniqueId, path, device, label, serialPort, details, problem, fix }) => ({
      state,
      board: board ?? null,
      uniqueId: uniqueId ?? null,
      path: path ?? null,
      device: device ?? null,
      label: label ?? null,
      serialPort: serialPort ?? null,
      daplink:
        details === undefined
          ? null
          : {
              mode: details.mode,
              interfaceVersion: details.interfaceVersion ?? null,
              bootloaderVersion: details.bootloaderVersion ?? null,
              autoReset: details.autoReset ?? null,
              automationAllowed: details.automationAllowed ?? null,
              remountCount: details.remountCount ?? null,
            },
      problem: problem ?? null,
      fix: fix ?? null,
    })),
  };
}

const STATES: Readonly<Record<FoundDrive['state'], string>> = {
  ready: 'ready',
  maintenance: 'in its bootloader',
  'no-daplink': 'without DAPLink',
  unmounted: 'not mounted',
  unreadable: 'not readable',
};

function linesOf(found: FoundDrive): string[] {
  const { state, board, uniqueId, path, device, label, serialPort, details, problem, fix } = found;
  const place = path ?? 'not mounted';
  const is = state === 'ready' && board?.isK64F !== true ? 'another board' : STATES[state];
  return [
    `${board?.name ?? 'board that is not known'}: ${is}`,
    row('ID', uniqueId),
    row('drive', [place, device, label].filter((part) => part !== undefined).join(', ')),
    row('serial port', serialPort),
    row('DAPLink', details === undefined ? undefined : aboutDaplink(details)),
    row('problem', problem),
    row('what to do', fix),
  ].filter((line) => line !== undefined);
}

function row(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `  ${name.padEnd(13)}${value}`;
}

function aboutDaplink({ interfaceVersion, autoReset }: NonNullable<FoundDrive['details']>): string {
  const starts = autoReset === true ? 'starts what is flashed by itself' : 'RESET starts what is flashed';
  return `${interfaceVersion ?? 'of an unknown version'}; ${starts}`;
}

function printableLines(lines: readonly string[]): string {
  return lines.map(printable).join('\n');
}
