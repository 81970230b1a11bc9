/**
 * Where what is in the memory of an FRDM-K64F (MK64FN1M0VLL12).
 *
 *   flash 0x00000000  vectors, 0x400 bytes | flash configuration field, 16 bytes at 0x400 | code | … 1 MiB
 *   RAM   0x1FFF0000 … 0x2002FFFF
 *
 * Source: K64 Sub-Family Reference Manual, chapters 4 and 29; DAPLink, source/family/freescale/k64f/target.c; the linker
 * script MK64FN1M0xxx12.ld of mbed-os.
 */

export const FLASH_BYTES = 0x100000;

/** A stack grows down: it may begin at the very end of RAM, which is no address of RAM. */
export const RAM = { start: 0x1fff0000, end: 0x20030000 } as const;

export const FLASH_CONFIG = { at: 0x400, bytes: 16 } as const;
/** The chip takes its security from this byte whenever it leaves reset. */
export const SECURITY_AT = 0x40c;

/** Whatever the image holds of code begins here. */
export const CODE_AT = 0x410;

/** What flash holds where nothing was programmed. */
export const ERASED = 0xff;

/** An address as datasheets write it. */
export function hex(value: number, digits = 8): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}
