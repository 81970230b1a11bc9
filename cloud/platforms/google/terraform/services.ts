/** The Google Cloud services that are switched on. They stay on when it is destroyed: others may use them. */
import type { Part } from './part.ts';

const SERVICES = [
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'cloudresourcemanager',
  'cloudscheduler',
  'firestore',
  'iam',
  'monitoring',
  'pubsub',
  'run',
  'secretmanager',
  'storage',
] as const;

export type Service = (typeof SERVICES)[number];

export function services(): Part {
  const entries = SERVICES.map((name) => [name, { service: `${name}.googleapis.com`, disable_on_destroy: false }]);
  return { resource: { google_project_service: Object.fromEntries(entries) } };
}

/** For `depends_on`. */
export function needs(...names: readonly Service[]): string[] {
  return names.map((name) => `google_project_service.${name}`);
}
