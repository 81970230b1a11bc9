/**
 * Which board an ID belongs to: the first four digits of its Unique ID, which is its USB serial number too.
 *
 * Only those of NXP's boards, which are likeliest beside a K64F, and of some that many have; others are not known by
 * name, which is no fault. Source: mbed-ls, mbed_lstools/platform_database.py; for those of
 * the micro:bit its makers' developer documentation.
 */

export interface Board {
  /** Four digits, upper case. */
  readonly id: string;
  readonly name: string;
  /** Firmware that is built for K64F with Ethernet runs on it. */
  readonly isK64F: boolean;
}

/** The board with this Unique ID; undefined: not a known one. */
export function boardOf(uniqueId: string | undefined): Board | undefined {
  const id = uniqueId?.slice(0, 4).toUpperCase() ?? '';
  const name = NAMES.get(id);
  return name === undefined ? undefined : { id, name, isK64F: K64F_WITH_ETHERNET.has(id) };
}

/** The IBM Ethernet kit is the same board under a number of its own. */
const K64F_WITH_ETHERNET = new Set(['0240', '0245']);

const NAMES: ReadonlyMap<string, string> = new Map([
  ['0200', 'FRDM-KL25Z'],
  ['0201', 'FRDM-KW41Z'],
  ['0210', 'FRDM-KL05Z'],
  // The K64F's chip, but nothing on the board to plug a network into.
  ['0214', 'Hexiwear'],
  ['0217', 'FRDM-K82F'],
  ['0218', 'FRDM-KL82Z'],
  ['0220', 'FRDM-KL46Z'],
  ['0227', 'MIMXRT1050-EVK'],
  // The K64F's chip again, without Ethernet.
  ['0228', 'Rapid IoT'],
  ['0230', 'FRDM-K20D50M'],
  ['0231', 'FRDM-K22F'],
  ['0240', 'FRDM-K64F'],
  ['0245', 'FRDM-K64F (IBM Ethernet kit)'],
  ['0250', 'FRDM-KW24D512'],
  ['0261', 'FRDM-KL27Z'],
  ['0262', 'FRDM-KL43Z'],
  ['0311', 'FRDM-K66F'],
  ['0740', 'NUCLEO-F411RE'],
  ['0796', 'NUCLEO-F429ZI'],
  ['1010', 'mbed LPC1768'],
  ['1040', 'mbed LPC11U24'],
  ['1101', 'nRF52 DK'],
  ['1236', 'u-blox EVK-ODIN-W2'],
  ['9004', 'Arch Pro'],
  ['9900', 'BBC micro:bit'],
  ['9901', 'BBC micro:bit'],
  ['9903', 'BBC micro:bit V2'],
  ['9904', 'BBC micro:bit V2'],
  ['9905', 'BBC micro:bit V2'],
  ['9906', 'BBC micro:bit V2'],
]);
