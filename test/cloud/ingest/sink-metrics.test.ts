/** What `/metrics` says of a sink. */
import { expect, test } from '@jest/globals';
import { ingestMetrics } from '../../../cloud/ingest/metrics.ts';
import { type SinkStatus, withSink } from '../../../cloud/ingest/sink-metrics.ts';

const OF_SINKS = /^mts_sink_\w+\{sink="influxdb"\} \S+$/gm;

test('what was told and refused, whether it is up and how far behind; nothing of one that another process feeds', async () => {
  let status: SinkStatus | undefined;
  const metrics = withSink(ingestMetrics(), 'influxdb', () => status);
  const said = async (): Promise<string[]> => (await metrics.text()).match(OF_SINKS) ?? [];
  expect(await said()).toEqual([
    'mts_sink_told_total{sink="influxdb"} 0',
    'mts_sink_refused_total{sink="influxdb"} 0',
    'mts_sink_feeding{sink="influxdb"} 0',
    'mts_sink_up{sink="influxdb"} 0',
    'mts_sink_behind_seconds{sink="influxdb"} 0',
  ]);
  status = { told: 7, refused: 2, isUp: false, behindMs: 61_500 };
  const down = [
    'mts_sink_told_total{sink="influxdb"} 7',
    'mts_sink_refused_total{sink="influxdb"} 2',
    'mts_sink_feeding{sink="influxdb"} 1',
    'mts_sink_up{sink="influxdb"} 0',
    'mts_sink_behind_seconds{sink="influxdb"} 61.5',
  ];
  expect([await said(), await said()]).toEqual([down, down]);
  status = { ...status, isUp: true };
  expect(await said()).toContain('mts_sink_up{sink="influxdb"} 1');
  // And what every receiver says.
  expect(await metrics.text()).toMatch(/^mts_presses_total 0$/m);
});
