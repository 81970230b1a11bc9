/**
 * The files of a firmware folder: security.h and mbed_app.json, which replace those of mbed-os-example-client, and
 * BUILD.md, which says how to build, check and flash it.
 *
 *   settings ─► values, escaped for C, JSON or Markdown ─► templates ─► text
 *
 * Nothing but the settings decides the bytes: no clock, no versions of what runs here.
 */
import { cString } from '../c-string.ts';
import { certificatesText, keyText } from '../credentials/board-pem.ts';
import { boardNames } from '../names.ts';
import type { FileToWrite } from '../write-files.ts';
import { APP_JSON, BUILD_MD, SECURITY_H } from './folder-files.ts';
import { codeSpan } from './markdown.ts';
import { render } from './render.ts';
import { serverUri } from './server-address.ts';
import type { FirmwareSettings, Network } from './settings.ts';

export type FirmwareFile = FileToWrite;

/** UsageError for names or PEM that no security.h can hold. Whether the credentials are any good is not asked. */
export async function firmwareFiles(settings: FirmwareSettings): Promise<FirmwareFile[]> {
  const hasPassword = settings.network.kind === 'wifi-esp8266';
  return [
    // A private key is in it.
    { name: SECURITY_H, text: await securityH(settings), mode: 0o600 },
    { name: APP_JSON, text: await appJson(settings.network), mode: hasPassword ? 0o600 : 0o644 },
    { name: BUILD_MD, text: await buildMd(settings), mode: 0o644 },
  ];
}

async function securityH({ credentials, server, transport }: FirmwareSettings): Promise<string> {
  const { domain, endpoint } = boardNames(credentials);
  return render('security.h', {
    domain: cString(domain),
    endpoint: cString(endpoint),
    serverCert: pemLiterals(certificatesText(credentials.serverCert, 'SERVER_CERT')),
    cert: pemLiterals(certificatesText(credentials.cert, 'CERT')),
    key: pemLiterals(keyText(credentials.key, 'KEY')),
    uri: cString(serverUri(server)),
    plain: transport === 'plain',
  });
}

async function appJson(network: Network): Promise<string> {
  const wifi = network.kind === 'wifi-esp8266';
  // The configuration system puts a value as it is into a header, so that text is a C literal within JSON's quotes.
  const literal = (text: string): string => JSON.stringify(cString(text));
  return render('mbed_app.json', {
    wifi,
    ssid: wifi ? literal(network.ssid) : '',
    password: wifi ? literal(network.password) : '',
  });
}

async function buildMd({ credentials, server, transport, target, network }: FirmwareSettings): Promise<string> {
  const wifi = network.kind === 'wifi-esp8266';
  return render('BUILD.md', {
    endpoint: codeSpan(credentials.endpoint),
    domain: codeSpan(credentials.domain),
    uri: serverUri(server),
    host: server.host,
    named: /[a-z]/.test(server.host),
    port: String(server.port),
    target,
    plain: transport === 'plain',
    wifi,
    ssid: wifi ? codeSpan(network.ssid) : '',
  });
}

/** One literal a line, as the service wrote them. */
function pemLiterals(pem: string): string {
  const lines = pem.trimEnd().split('\n');
  return lines.map((line) => cString(`${line}\r\n`)).join('\n');
}
