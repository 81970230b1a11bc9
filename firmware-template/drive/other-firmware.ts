/**
 * Drives without DAPLink's DETAILS.TXT: the bootloader under it, or another debug firmware that an OpenSDA board may run.
 *
 * Which file names and labels belong to which: P&E Micro's OpenSDA applications (`SDA_INFO.HTM`, `FSL_WEB.HTM`,
 * `LASTSTAT.TXT`), SEGGER's J-Link OpenSDA (`JLINK`, `Segger.html`; ARMmbed/mbed-ls pull request 299), the bootloader
 * of new boards (`BOOTLOADER`, `BOOTLOAD.HTM`) and DAPLink's (`MAINTENANCE`), mbed's firmware of 2014 (`MBED.HTM`).
 */
import type { FoundDrive } from './find.ts';

/** A drive calls itself so. */
export function isBoardsProduct(product: string): boolean {
  return /\b(mbed|vfs|daplink|cmsis-dap|segger|j-?link|p&e|pemicro|opensda|arm_v2m|nxp|freescale|fsl|frdm)\b/i.test(
    product,
  );
}

/** Its volume's name may be a board's; other drives may have it too. */
export function isBoardsLabel(label: string | undefined): boolean {
  return /^(frdm-?[a-z0-9]{2,8}|daplink|mbed|maintenance|bootloader|jlink)$/i.test(label?.trim() ?? '');
}

/** What a drive without DETAILS.TXT is. `names` are those of its files, in capitals. */
export function otherFirmware(
  names: readonly string[],
  label: string | undefined,
  path: string,
): Pick<FoundDrive, 'state' | 'problem' | 'fix'> {
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const isCalled = (pattern: RegExp): boolean => pattern.test(label?.trim() ?? '');
  if (has(/^BOOTLOAD\.HTM$/) || isCalled(/^(bootloader|maintenance)$/i)) {
    return {
      state: 'maintenance',
      problem: `${path} is the drive of the bootloader, which takes debug firmware, not applications`,
      fix: `To flash an application, ${PLUG_WITHOUT_RESET}. If it comes as bootloader again it has no debug firmware: ${COPY_DAPLINK}.`,
    };
  }
  if (has(/SEGGER|J-?LINK/) || isCalled(/^jlink$/i)) return another("SEGGER's J-Link", path);
  if (has(/^(SDA_INFO|FSL_WEB|TOOLS)\.HTM$|^LASTSTAT\.TXT$/)) return another("P&E Micro's OpenSDA application", path);
  if (has(/^MBED\.HTM$/))
    return another("mbed's firmware from before DAPLink, which does not say what became of a file", path);
  if (isCalled(/^(frdm|daplink|mbed)/i)) {
    return {
      state: 'no-daplink',
      problem: `${path} has a board's name, but no DETAILS.TXT, which every drive of DAPLink has`,
      fix: `Pull the plug, and plug it in again; see that the cable is in the connector marked OpenSDA. If that stays so: ${TO_DAPLINK}.`,
    };
  }
  return {
    state: 'no-daplink',
    problem: `${path} has no DETAILS.TXT: it is not the drive of a board with DAPLink, or nothing is mounted there`,
    fix: 'See `mts firmware boards` for the drives of boards.',
  };
}

const PLUG_WITHOUT_RESET = 'pull the plug, and plug it in again without touching RESET';
const COPY_DAPLINK = 'copy the DAPLink interface for FRDM-K64F from https://daplink.io to this drive';
// The factory bootloader is damaged by what Windows 8 and later write to it: DAPLink issue 201.
const TO_DAPLINK =
  'hold RESET while you plug the cable into the connector marked OpenSDA (on Linux or macOS: Windows 8 and later can ' +
  'damage the first bootloader), and copy the DAPLink for FRDM-K64F from https://daplink.io to the drive BOOTLOADER or ' +
  'MAINTENANCE that comes; then plug it in once more';

function another(what: string, path: string): Pick<FoundDrive, 'state' | 'problem' | 'fix'> {
  return {
    state: 'no-daplink',
    problem: `the board at ${path} runs ${what}, not DAPLink`,
    fix: `Put DAPLink onto its debug chip: ${TO_DAPLINK}.`,
  };
}
