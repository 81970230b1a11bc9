/** A dashboard of each platform, made as the command makes it, and its parts as Grafana reads them: from the JSON. */
import { dashboardOf, dashboardText } from '../../../../cloud/dashboard/grafana/dashboard.ts';
import { grafanaTarget } from '../../../../scripts/grafana/platforms.ts';
import { GRAFANA_PLATFORMS, type GrafanaPlan, type GrafanaPlatform } from '../../../../scripts/grafana/words.ts';

export const RESOURCE =
  '/subscriptions/0a1b2c3d-0000-4000-8000-0123456789ab/resourceGroups/presses/providers/Microsoft.Web/sites/mbed';

export const PLANS: readonly GrafanaPlan[] = GRAFANA_PLATFORMS.map((platform) =>
  platform === 'azure' ? { platform, resource: RESOURCE } : { platform },
);

export interface MadePanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: object;
  readonly targets: readonly Readonly<Record<string, unknown>>[];
  readonly fieldConfig: { readonly defaults: { readonly custom?: Readonly<Record<string, unknown>> } };
  readonly options: object;
  readonly transformations?: readonly object[];
}

export interface MadeDashboard {
  readonly uid: string;
  readonly timezone: string;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  readonly panels: readonly MadePanel[];
}

export async function textOf(plan: GrafanaPlan): Promise<string> {
  const { title, queries } = await grafanaTarget(plan);
  return dashboardText(dashboardOf({ platform: title, uid: `mbed-presses-${plan.platform}`, queries }));
}

export async function madeOf(plan: GrafanaPlan): Promise<MadeDashboard> {
  return JSON.parse(await textOf(plan));
}

/** The one query of a panel, by the panel's id: 1 each board, 2 all together, 3 busiest, 4 one board. */
export function queryOf({ panels }: MadeDashboard, id: number): Readonly<Record<string, unknown>> {
  const targets = panels.find((panel) => panel.id === id)?.targets ?? [];
  if (targets.length !== 1) throw new Error(`panel ${id} has ${targets.length} queries`);
  return targets[0]!;
}

export function planOf(platform: GrafanaPlatform): GrafanaPlan {
  return PLANS.find((plan) => plan.platform === platform)!;
}
