/** Reads again what `mts firmware generate` wrote: the board, its server, and how it gets there. Whether it all fits: check.ts. */
import { join } from 'node:path';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readSecurityH } from '../credentials/security-h.ts';
import { networkOf, readAppConfig } from './app-config.ts';
import { APP_JSON, type FolderFiles, readFolderFiles, SECURITY_H } from './folder-files.ts';
import { readRedirect } from './redirect.ts';
import { serverUri } from './server-address.ts';
import type { FirmwareSettings } from './settings.ts';

export interface GeneratedFirmware extends FirmwareSettings {
  /** As it stands in the image. */
  readonly serverUri: string;
}

/** What is in the folder. UsageError for a folder that no board could work by; OutsideError if it cannot be read. */
export async function readFirmwareFolder(dir: string): Promise<GeneratedFirmware> {
  return readFirmware(await readFolderFiles(dir), dir);
}

/** The same of files that were read; `dir` is what messages call their folder. */
export function readFirmware({ securityH, appJson }: FolderFiles, dir: string): GeneratedFirmware {
  const credentials = readSecurityH(securityH.text, join(dir, SECURITY_H));
  const source = join(dir, APP_JSON);
  if (appJson === undefined) {
    throw new UsageError(`there is no ${APP_JSON} in ${dir}`, 'Generate the firmware again: `mts firmware generate`.');
  }
  const config = readAppConfig(appJson.text, 'K64F', source);
  const { to, findings } = readRedirect(securityH.text, config.button);
  if (to === undefined) {
    const error = findings.find(({ level }) => level === 'error');
    throw new UsageError(`${dir}: ${error?.message ?? 'no server'}`, error?.fix ?? 'Generate the firmware again.');
  }
  return { credentials, ...to, target: 'K64F', network: networkOf(config, source), serverUri: serverUri(to.server) };
}
