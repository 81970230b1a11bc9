/** What in mbed_app.json keeps mbed-os-example-client from working on a K64F, or from working well; each with what would happen. */
import type { Finding } from '../credentials/credentials.ts';
import type { AppConfig } from './app-config.ts';

const AGAIN = 'Generate the firmware again: `mts firmware generate`.';
const TLS_CONFIG = 'MBEDTLS_USER_CONFIG_FILE="mbedtls_mbed_client_config.h"';
const BAUD = 115_200;
/** Two, the client's default, were seen to be too few; six were enough. */
const LEAST_QUEUE = 3;

/** That the button is missing is not said here: security.h may have it (redirect.ts). */
export function checkAppConfig({ macros, overrides }: AppConfig): Finding[] {
  const value = (name: string): unknown => overrides.get(name);
  const findings: Finding[] = [];
  const say = (level: Finding['level'], code: string, message: string): void => {
    findings.push({ code, level, message, fix: AGAIN });
  };
  if (value('lwip.ipv6-enabled') === true || value('lwip.ipv4-enabled') === false) {
    say('error', 'IPV6', 'mbed_app.json builds for IPv6, and the server is given as IPv4 or by a name that may be');
  }
  const features = [value('target.features_add'), value('target.features')].flat();
  if (!features.includes('COMMON_PAL')) {
    say('error', 'COMMON_PAL', 'mbed_app.json does not add COMMON_PAL: the client does not build without mbed-coap');
  }
  if (!macros.includes(TLS_CONFIG)) {
    say(
      'warning',
      'TLS_CONFIG',
      `mbed_app.json lacks the macro ${TLS_CONFIG}: the client's own TLS settings are left out`,
    );
  }
  const queue = value('mbed-client.sn-coap-resending-queue-size-msgs');
  if (!(typeof queue === 'number' && queue >= LEAST_QUEUE)) {
    const effect = 'a board that waits for two answers drops the next press, and may stop until RESET';
    say(
      'warning',
      'RESEND_QUEUE',
      `mbed_app.json does not raise mbed-client.sn-coap-resending-queue-size-msgs: ${effect}`,
    );
  }
  if (value('platform.stdio-baud-rate') !== BAUD) {
    say('warning', 'BAUD', `mbed_app.json does not set ${BAUD} baud, at which \`mts firmware monitor\` listens`);
  }
  return findings;
}
