/** Words of `mts aws`, and the names that come of them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { namesWith, PREFIX_PATTERN } from '../../../cloud/platforms/aws/names.ts';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { accountFrom, prefixFrom } from '../../../scripts/aws/account-words.ts';
import { type SettingsWords, settingsFrom, settingsOptions } from '../../../scripts/aws/settings-words.ts';

const defaults = Object.fromEntries(
  Object.entries(settingsOptions).map(([name, option]) => [
    name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    'default' in option ? option.default : undefined,
  ]),
) as SettingsWords;

test('what nobody says has its default', async () => {
  expect(await settingsFrom(defaults)).toEqual({
    prefix: '',
    guideMetric: true,
    rate: 100,
    burst: 200,
    retentionDays: 30,
    alarmEmail: undefined,
    demandedHeader: undefined,
    logLevel: 'warn',
    apiLogRole: true,
  });
});

describe('whatever is said: settings, or a UsageError', () => {
  const names = [
    'prefix',
    'guideMetric',
    'rate',
    'burst',
    'retention',
    'alarmEmail',
    'logLevel',
    'apiLogRole',
  ] as const;
  test.each(names)('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), async (text) => {
        const outcome = await settingsFrom({ ...defaults, [name]: text }).catch((error: unknown) => error);
        if (!(outcome instanceof UsageError)) expect(outcome).toHaveProperty('retentionDays');
      }),
    );
  });

  test('profile and region', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (profile, region) => {
        try {
          expect(accountFrom({ profile, region })).toEqual({ profile, region });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});

test('every prefix that is taken makes names that AWS takes', () => {
  const account = '123456789012';
  // The longest name of a region there is.
  const region = 'ap-southeast-1';
  fc.assert(
    fc.property(fc.stringMatching(PREFIX_PATTERN), (prefix) => {
      const names = namesWith(prefixFrom(prefix));
      expect(`${names.bucket}-${account}-${region}`).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
      expect(names.stack).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
      expect(names.iotRule).toMatch(/^[A-Za-z0-9_]{1,128}$/);
      for (const name of [names.webhookFunction, names.streamFunction, names.iotFunction]) {
        expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      }
      for (const name of [names.role, names.iotRole, names.iotRuleRole]) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
      expect(names.failureQueue).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
      expect(names.namespace).toMatch(/^[A-Za-z0-9_./#:-]{1,255}$/);
    }),
  );
});
