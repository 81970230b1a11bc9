/** The resources mbed-os-example-client lists when it registers, in its own order, `/3/0` being the Device object. */
import { COUNTER_PATH, TIMER_PATH } from '../../cloud/protocol/paths.ts';

export interface BoardResource {
  readonly path: string;
  readonly rt?: string;
  readonly ct?: string;
  readonly obs: boolean;
}

export const BOARD_RESOURCES: readonly BoardResource[] = [
  { path: TIMER_PATH, rt: 'Timer', obs: true },
  { path: '/1000/0/1', rt: 'BigData', obs: true },
  { path: '/3201/0/5850', rt: 'Blink', obs: false },
  { path: '/3201/0/5853', rt: 'Pattern', obs: false },
  { path: COUNTER_PATH, rt: 'Button', obs: true },
  { path: '/3/0', ct: '99', obs: false },
];

/** `et` of its registration. */
export const BOARD_TYPE = 'test';
