/**
 * Everything that DAPLink can write into a FAIL.TXT, with its types: what the emulated board says, and what the table of
 * reasons is held against. Source: DAPLink, source/daplink/error.c; the last two are of the firmware before it.
 */

export const DAPLINK_ERRORS = {
  FAILURE: ['An error has occurred', 'internal'],
  INTERNAL: ['An internal error has occurred', 'internal'],
  ERROR_DURING_TRANSFER: ['An error occurred during the transfer', 'transient'],
  TRANSFER_TIMEOUT: ['The transfer timed out.', 'transient, user'],
  FILE_BOUNDS: ['Possible mismatch between file size and size programmed', 'transient'],
  OOO_SECTOR: ['File sent out of order by PC. Target might not be programmed correctly.', 'transient'],
  RESET: ['The interface firmware FAILED to reset/halt the target MCU', 'target'],
  ALGO_DL: ['The interface firmware FAILED to download the flash programming algorithms to the target MCU', 'target'],
  ALGO_MISSING: ['The flash algo missing for a region', 'target'],
  ALGO_DATA_SEQ: ['The interface firmware FAILED to download the flash data contents to be programmed', 'target'],
  INIT: ['The interface firmware FAILED to initialize the target MCU', 'target'],
  UNINIT: ['The interface firmware FAILED to uninitialize the target MCU', 'target'],
  SECURITY_BITS: ['The interface firmware ABORTED programming. Image is trying to set security bits', 'user'],
  UNLOCK: ['The interface firmware FAILED to unlock the target for programming', 'target'],
  ERASE_SECTOR: ['Flash algorithm erase sector command FAILURE', 'target'],
  ERASE_ALL: ['Flash algorithm erase all command FAILURE', 'target'],
  WRITE: ['Flash algorithm write command FAILURE', 'target'],
  WRITE_VERIFY: ['Flash algorithm write verify command FAILURE', 'target'],
  SUCCESS_DONE: ['End of stream has been reached', 'internal'],
  SUCCESS_DONE_OR_CONTINUE: ['End of stream is unknown', 'internal'],
  HEX_CKSUM: ['The hex file cannot be decoded. Checksum calculation failure occurred.', 'transient, user'],
  HEX_PARSER: ['The hex file cannot be decoded. Parser logic failure occurred.', 'transient, user'],
  HEX_PROGRAM: ['The hex file cannot be programmed. Logic failure occurred.', 'transient, user'],
  HEX_INVALID_ADDRESS: [
    "The hex file you dropped isn't compatible with this mode or device. Are you in MAINTENANCE mode? See HELP FAQ.HTM",
    'user',
  ],
  HEX_INVALID_APP_OFFSET: ['The hex file offset load address is not correct.', 'user'],
  FD_BL_UPDT_ADDR_WRONG: ['The starting address for the bootloader update is wrong.', 'user'],
  FD_INTF_UPDT_ADDR_WRONG: ['The starting address for the interface update is wrong.', 'user'],
  FD_UNSUPPORTED_UPDATE: ['The application file format is unknown and cannot be parsed and/or processed.', 'user'],
  FD_INCOMPATIBLE_IMAGE: ['The application image is not compatible with the target.', 'user'],
  IAP_INIT: ['In application programming initialization failed.', 'interface'],
  IAP_UNINIT: ['In application programming uninit failed.', 'interface'],
  IAP_WRITE: ['In application programming write failed.', 'interface'],
  IAP_ERASE_SECTOR: ['In application programming sector erase failed.', 'interface'],
  IAP_ERASE_ALL: ['In application programming mass erase failed.', 'interface'],
  IAP_OUT_OF_BOUNDS: ['In application programming aborted due to an out of bounds address.', 'interface'],
  IAP_UPDT_NOT_SUPPORTED: ['In application programming not supported on this device.', 'interface'],
  IAP_UPDT_INCOMPLETE: ['In application programming failed because the update sent was incomplete.', 'interface'],
  BL_UPDT_BAD_CRC: ['The bootloader CRC did not pass.', 'interface'],
  OLD_WRITE_UNALIGNED: ['Flash program address and data buffer unaligned', 'target'],
  OLD_BIN_INVALID_ADDRESS: ['The binary file is too large.', 'user'],
} as const satisfies Record<string, readonly [text: string, types: string]>;

export type DaplinkError = keyof typeof DAPLINK_ERRORS;

/** The file, as the board writes it. */
export function failText(error: DaplinkError): string {
  const [text, types] = DAPLINK_ERRORS[error];
  return `error: ${text}\r\ntype: ${types}\r\n`;
}
