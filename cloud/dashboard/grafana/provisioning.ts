/**
 * Files that Grafana reads when it starts, by their path within a folder: a data source, and the dashboard with the word where it
 * lies. https://grafana.com/docs/grafana/latest/administration/provisioning/
 *
 *   provisioning/datasources/<uid>.yaml               to where Grafana's `paths.provisioning` is, or that set to here
 *   provisioning/dashboards/mbed-time-series.yaml
 *   dashboards/<uid>.json
 */
import { Document } from 'yaml';
import { literal, type ProvisionedDataSource } from './datasources.ts';

export interface ProvisioningFile {
  /** With `/`, below the folder. */
  readonly path: string;
  readonly text: string;
}

/** What `provisioned` makes files of. */
export interface Provisioned {
  readonly source: ProvisionedDataSource;
  /** Of the dashboard: its file's name. */
  readonly uid: string;
  readonly dashboard: string;
  /** The folder that the files are written to, absolute, as Grafana will see it. */
  readonly folder: string;
}

export function provisioned({ source, uid, dashboard, folder }: Provisioned): ProvisioningFile[] {
  return [
    {
      path: `provisioning/datasources/${source.uid}.yaml`,
      text: yaml(' A data source of Grafana. $NAME is a variable of its environment: no secret is in this file.', {
        apiVersion: 1,
        datasources: [{ ...source, editable: false }],
      }),
    },
    {
      path: 'provisioning/dashboards/mbed-time-series.yaml',
      text: yaml(' Where Grafana finds the dashboards: change the path if they are moved.', {
        apiVersion: 1,
        providers: [
          {
            name: 'mbed-time-series',
            type: 'file',
            allowUiUpdates: false,
            options: { path: `${literal(folder)}/dashboards` },
          },
        ],
      }),
    },
    { path: `dashboards/${uid}.json`, text: dashboard },
  ];
}

function yaml(comment: string, content: object): string {
  const document = new Document(content);
  document.commentBefore = comment;
  return document.toString({ lineWidth: 0 });
}
