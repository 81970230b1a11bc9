/** Which serial port is listened to when none is named. */
import { describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { choosePort } from '../../../firmware-template/drive/ports.ts';
import { K64F, MICROBIT, OTHER_K64F } from './machines.ts';

const k64f = { path: '/dev/a', serial: K64F };
const other = { path: '/dev/b', serial: OTHER_K64F };
const microbit = { path: '/dev/c', serial: MICROBIT };
const adapter = { path: '/dev/d', serial: 'a600e1xx' };
const builtIn = { path: 'COM1', serial: undefined };

describe('without --board', () => {
  test('it is that of the only K64F, whatever else is there', () => {
    expect(choosePort([adapter, microbit, k64f, builtIn], undefined)).toBe(k64f);
  });

  test('it is that of the only board, if there is no K64F', () => {
    expect(choosePort([adapter, microbit, builtIn], undefined)).toBe(microbit);
  });

  test('two K64Fs are too many', () => {
    const choose = () => choosePort([k64f, other, microbit], undefined);
    expect(choose).toThrow(UsageError);
    expect(choose).toThrow(OTHER_K64F);
  });

  test('an adapter is not taken for a board, but told of', () => {
    const choose = () => choosePort([adapter, builtIn], undefined);
    expect(choose).toThrow(OutsideError);
    expect(choose).toThrow('/dev/d (a600e1xx), COM1 (without a serial number)');
    expect(() => choosePort([], undefined)).toThrow(expect.objectContaining({ code: 'PORT' }));
  });
});

describe('with --board', () => {
  test('it is the one whose ID begins so', () => {
    expect(choosePort([k64f, other], OTHER_K64F.slice(0, 12).toUpperCase())).toBe(other);
    expect(choosePort([k64f, adapter], 'a600')).toBe(adapter);
  });

  test('letters that fit two, or none, are refused', () => {
    expect(() => choosePort([k64f, other], '0240')).toThrow(UsageError);
    expect(() => choosePort([k64f, other], '9900')).toThrow(OutsideError);
  });
});
