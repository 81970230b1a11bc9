/** What a board prints is understood, and every trouble comes with something to do. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { meaningOf } from '../../../firmware-template/serial/lines.ts';

/** Lines as the programs print them, and the code that programs here know them by. */
const LINES: readonly (readonly [line: string, code: string, kind: 'good' | 'info' | 'trouble'])[] = [
  ['Starting mbed Client example in IPv4 mode', 'started', 'info'],
  ['[EasyConnect] IPv6 mode', 'ipv6', 'trouble'],
  ['[EasyConnect] Connected to Network successfully', 'network', 'info'],
  ['[EasyConnect] IP address 192.168.1.77', 'address', 'info'],
  ['[EasyConnect] IP address 0.0.0.0', 'no-address', 'trouble'],
  ['[EasyConnect] IP address 169.254.3.4', 'no-address', 'trouble'],
  ['[EasyConnect] ERROR - No IP address', 'no-address', 'trouble'],
  ['[EasyConnect] ERROR - No MAC address', 'no-mac', 'trouble'],
  ['[EasyConnect] Connection to Network Failed -3004!', 'network-failed', 'trouble'],
  ['Connection to Network Failed - exiting application...', 'network-given-up', 'trouble'],
  ['ERROR - MBED_CONF_APP_WIFI_SSID is too long 40 vs. 32', 'wifi-words', 'trouble'],
  ['ERROR - WiFi Password is too long - 70 vs 64', 'wifi-words', 'trouble'],
  ['Connecting to coap://192.168.1.5:5684', 'connecting', 'info'],
  ['Connecting to coap://api.connector.mbed.com:5684', 'old-service', 'trouble'],
  ['Registered object successfully!', 'registered', 'good'],
  ['Unregistered Object Successfully', 'unregistered', 'info'],
  ['handle_button_click, new value of counter is 65535', 'press', 'good'],
  ['simulate button_click, device not registered', 'press-ignored', 'trouble'],
  ['simulate button_click, new value of counter is 4', 'no-button', 'trouble'],
  ['[ERROR:] M2MInterface::AlreadyExist', 'client-AlreadyExist', 'trouble'],
  ['[ERROR:] M2MInterface::AlreadyExists', 'client-AlreadyExists', 'trouble'],
  ['[ERROR:] M2MInterface::BootstrapFailed', 'client-BootstrapFailed', 'trouble'],
  ['[ERROR:] M2MInterface::InvalidParameters', 'client-InvalidParameters', 'trouble'],
  ['[ERROR:] M2MInterface::NotRegistered', 'client-NotRegistered', 'trouble'],
  ['[ERROR:] M2MInterface::Timeout', 'client-Timeout', 'trouble'],
  ['[ERROR:] M2MInterface::NetworkError', 'client-NetworkError', 'trouble'],
  ['[ERROR:] M2MInterface::ResponseParseFailed', 'client-ResponseParseFailed', 'trouble'],
  ['[ERROR:] M2MInterface::UnknownError', 'client-UnknownError', 'trouble'],
  ['[ERROR:] M2MInterface::MemoryFail', 'client-MemoryFail', 'trouble'],
  ['[ERROR:] M2MInterface::NotAllowed', 'client-NotAllowed', 'trouble'],
  ['[ERROR:] M2MInterface::SecureConnectionFailed', 'client-SecureConnectionFailed', 'trouble'],
  ['[ERROR:] M2MInterface::DnsResolvingFailed', 'client-DnsResolvingFailed', 'trouble'],
  ['[ERROR:] M2MInterface::SomethingOfLater', 'client-Other', 'trouble'],
  ['Error details : Network error', 'error-details', 'info'],
  ['Error when receiving block message!  - EntityTooLarge', 'too-large', 'trouble'],
  ['++ MbedOS Fault Handler ++', 'crashed', 'trouble'],
  ['FaultType: HardFault', 'fault-type', 'info'],
  ['++ MbedOS Error Info ++', 'fatal-error', 'trouble'],
  ['Error Message: Fault exception', 'fatal-reason', 'info'],
  ['mbed assertation failed: ptr != NULL, file: .\\x.cpp, line 7 ', 'assertion', 'trouble'],
  ['CMSIS-RTOS error: Stack overflow (task id: 0x20001F28, task name: main)', 'rtos-error', 'trouble'],
  ['Operator new out of memory', 'out-of-memory', 'trouble'],
];

test.each(LINES)('%s', (line, code, kind) => {
  expect(meaningOf(line)).toMatchObject({ code, kind });
  // Half a line of before may stand in front, but for lines of a report that has its own form.
  if (!/^(FaultType|Error Message)/.test(line)) expect(meaningOf(`[EasyCo${line}`)).toMatchObject({ code, kind });
});

test('every trouble has something to do, in a sentence, and nothing else has', () => {
  for (const [line] of LINES) {
    const known = meaningOf(line);
    expect(known?.meaning).toMatch(/^\S.*[^.\s]$/);
    if (known?.kind === 'trouble') expect(known.fix).toMatch(/^[A-Z].*\.$/);
    else expect(known?.fix).toBeUndefined();
  }
});

describe('what stands in a line is told', () => {
  test.each([
    ['handle_button_click, new value of counter is 17', '17'],
    ['Connecting to coap://10.0.0.9:5684', 'coap://10.0.0.9:5684'],
    ['[EasyConnect] IP address 192.168.1.77', '192.168.1.77'],
    ['[EasyConnect] Connection to Network Failed -3010!', 'DHCP'],
    ['[EasyConnect] Connection to Network Failed -3099!', '-3099'],
    ['mbed assertation failed: ptr != NULL', 'ptr != NULL'],
    ['[ERROR:] M2MInterface::SomethingOfLater', 'SomethingOfLater'],
  ])('%s', (line, told) => {
    expect(meaningOf(line)?.meaning).toContain(told);
  });
});

test.each([
  '',
  'SOCKET_MODE : TCP',
  'led_execute_callback pattern=500:500',
  'PUT Request Received!',
  '[EasyConnect] Using Ethernet',
  'registered object successfully',
])('%j is nothing that needs to be explained', (line) => {
  expect(meaningOf(line)).toBeUndefined();
});

test('any line is understood or not, and codes are few', () => {
  const parts = fc.constantFrom(
    ...LINES.map(([line]) => line),
    '[ERROR:] M2MInterface::',
    'constructor',
    '__proto__',
    ' ',
    '-',
  );
  const codes = new Set<string>();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2_000 }),
        fc.array(fc.oneof(parts, fc.string())).map((some) => some.join('')),
      ),
      (line) => {
        const known = meaningOf(line);
        if (known !== undefined) codes.add(known.code);
      },
    ),
    { numRuns: 5_000 },
  );
  expect([...codes].filter((code) => !LINES.some(([, known]) => known === code))).toEqual([]);
});

test('a very long line costs no more than a long one', () => {
  expect(meaningOf(`${' '.repeat(500)}Registered object successfully!`)).toBeUndefined();
  const started = performance.now();
  for (const [line] of LINES) meaningOf(`${line.slice(0, -1).repeat(100_000 / line.length)}`);
  expect(performance.now() - started).toBeLessThan(20_000);
});
