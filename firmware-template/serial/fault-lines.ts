/**
 * How a program on Mbed OS says that it has died; the board does nothing then until RESET is pressed. Source: Mbed OS
 * 5.9, rtos/TARGET_CORTEX/mbed_rtx_fault_handler.c, mbed_rtx_handlers.c, platform/mbed_error.c, mbed_assert.c (whose
 * spelling it is), mbed_retarget.cpp.
 */
import { info, type KnownLine, trouble } from './meaning.ts';

const RESET = 'Press RESET.';
const AGAIN =
  'Press RESET; if it comes again, see that the image was built with the generated mbed_app.json and the compiler that ' +
  'BUILD.md names.';

export const faultLines: readonly KnownLine[] = [
  {
    words: /\+\+ MbedOS Fault Handler \+\+/,
    means: trouble('crashed', 'the program has crashed, and stands still', AGAIN),
  },
  { words: /^FaultType: (\w{1,40})/, means: ([, type = '']) => info('fault-type', `the kind of crash is ${type}`) },
  {
    words: /\+\+ MbedOS Error Info \+\+/,
    means: trouble('fatal-error', 'Mbed OS has ended the program: the lines that follow say why', AGAIN),
  },
  { words: /^Error Message: (.{1,200})/, means: ([, text = '']) => info('fatal-reason', `Mbed OS says: ${text}`) },
  {
    words: /mbed assertation failed: (.{1,200})/,
    means: ([, text = '']) =>
      trouble('assertion', `the program found itself in a state that must not be: ${text.trimEnd()}`, AGAIN),
  },
  {
    words: /CMSIS-RTOS error: (.{1,200})/,
    means: ([, text = '']) => trouble('rtos-error', `the kernel of Mbed OS has ended the program: ${text}`, AGAIN),
  },
  {
    words: /Operator new(\[\])? out of memory/,
    means: trouble('out-of-memory', 'the board has no memory left, and stands still', RESET),
  },
];
