/**
 * Reads a firmware folder again and says what does not fit together, before hours go into a build: somebody edited a file,
 * put another board's beside it, or copied a setting from elsewhere.
 *
 * Findings are in the order security.h, mbed_app.json, the credentials, the folder itself. That no finding is an error
 * does not prove that the firmware works; that one is means that it cannot.
 */
import { join } from 'node:path';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { checkBoard } from '../credentials/check.ts';
import type { BoardCredentials, Finding } from '../credentials/credentials.ts';
import { readSecurityH } from '../credentials/security-h.ts';
import { type AppConfig, networkOf, readAppConfig } from './app-config.ts';
import { checkAppConfig } from './check-app-config.ts';
import { firmwareFiles } from './files.ts';
import { APP_JSON, BUILD_MD, type FolderFile, type FolderFiles, readFolderFiles, SECURITY_H } from './folder-files.ts';
import { type GeneratedFirmware, readFirmware } from './read.ts';
import { readRedirect } from './redirect.ts';

export interface CheckedFirmware {
  /** Undefined if the folder makes no firmware; an error says why. */
  readonly firmware: GeneratedFirmware | undefined;
  readonly findings: readonly Finding[];
}

export interface CheckWorld {
  /** For the dates of certificates. */
  readonly now: Date;
  readonly platform: NodeJS.Platform;
}

const AGAIN = 'Generate the firmware again: `mts firmware generate`.';
const BY_OTHERS = 0o077;

/** OutsideError if the folder cannot be read, or has no security.h: whatever else is wrong is a finding. */
export async function checkFirmwareFolder(dir: string, { now, platform }: CheckWorld): Promise<CheckedFirmware> {
  const files = await readFolderFiles(dir);
  const findings: Finding[] = [];
  const credentials = found(findings, 'SECURITY_H', () => readSecurityH(files.securityH.text, join(dir, SECURITY_H)));
  const config = configIn(files, dir, findings);
  findings.push(...readRedirect(files.securityH.text, config?.button).findings);
  if (config !== undefined) {
    found(findings, 'NETWORK', () => networkOf(config, join(dir, APP_JSON)));
    findings.push(...checkAppConfig(config));
  }
  if (credentials !== undefined) findings.push(...(await checkCredentials(credentials, now)));
  if (platform !== 'win32') findings.push(...checkPermissions(files, config));
  const whole = !findings.some(({ level }) => level === 'error');
  const firmware = whole ? readFirmware(files, dir) : undefined;
  if (firmware !== undefined) findings.push(...(await checkUnedited(firmware, files)));
  return { firmware, findings };
}

/** What `read` gives, or an error among the findings. */
function found<T>(findings: Finding[], code: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    findings.push({ code, level: 'error', message: error.message, fix: error.fix ?? AGAIN });
    return undefined;
  }
}

function configIn({ appJson }: FolderFiles, dir: string, findings: Finding[]): AppConfig | undefined {
  if (appJson !== undefined) {
    return found(findings, 'APP_JSON', () => readAppConfig(appJson.text, 'K64F', join(dir, APP_JSON)));
  }
  const message = `there is no ${APP_JSON}: the example's own has no button, and loses what its board has to send`;
  findings.push({ code: 'APP_JSON', level: 'error', message, fix: AGAIN });
  return undefined;
}

async function checkCredentials(credentials: BoardCredentials, now: Date): Promise<readonly Finding[]> {
  try {
    return await checkBoard(credentials, now);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [{ code: 'PEM', level: 'error', message: error.message, fix: error.fix ?? AGAIN }];
  }
}

function checkPermissions({ securityH, appJson }: FolderFiles, config: AppConfig | undefined): Finding[] {
  const open = (file: FolderFile | undefined): boolean => ((file?.permissions ?? 0) & BY_OTHERS) !== 0;
  const secrets = [
    open(securityH) ? [[SECURITY_H, 'a private key']] : [],
    config?.password !== undefined && open(appJson) ? [[APP_JSON, 'a Wi-Fi password']] : [],
  ].flat();
  return secrets.map(([name, secret]) => ({
    code: 'OPEN_FILE',
    level: 'warning',
    message: `others on this machine may read ${name}, and ${secret} is in it`,
    fix: `Close it to them: \`chmod 600 ${name}\`.`,
  }));
}

/** Whether the files are what their own values make. */
async function checkUnedited(
  firmware: GeneratedFirmware,
  { securityH, appJson, buildMd }: FolderFiles,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const present = new Map([
    [SECURITY_H, securityH],
    [APP_JSON, appJson],
    [BUILD_MD, buildMd],
  ]);
  for (const { name, text } of await firmwareFiles(firmware)) {
    const there = present.get(name)?.text;
    if (there === text) continue;
    // The guide is read by people only, and nothing else in the folder is missing by now.
    const message =
      there === undefined
        ? `there is no ${name}, which says how to build, check and flash`
        : `${name} is not what \`mts firmware generate\` writes for this board: it was edited, or is of other values or another version`;
    findings.push({ code: there === undefined ? 'MISSING' : 'EDITED', level: 'warning', message, fix: AGAIN });
  }
  return findings;
}
