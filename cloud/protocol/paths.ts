/** The resources of mbed-os-example-client that this project reads (OMA/IPSO object 3200, Digital Input). */

/** Digital Input Counter: presses since boot, modulo 2^16. */
export const COUNTER_PATH = '/3200/0/5501';
/** Timer ticks since boot, one each 15 s. */
export const TIMER_PATH = '/3200/0/5502';

/** Counters have 16 bits (`uint16_t` in the board's program). */
export const COUNTER_MODULUS = 0x1_0000;
