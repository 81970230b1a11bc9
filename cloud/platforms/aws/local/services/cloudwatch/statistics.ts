/** GetMetricStatistics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
import type { Fields } from '../fields.ts';
import { Complaints, refuse } from './errors.ts';
import { readDimensions, readMetricName, readNamespace } from './metric.ts';
import type { Samples } from './samples.ts';
import { isPeriod, rangeOf, STATISTICS } from './statistic.ts';

const MAX_DATAPOINTS = 1_440;

export function getMetricStatistics(samples: Samples, input: Fields, now: number): object {
  const complaints = new Complaints();
  const metric = {
    namespace: readNamespace(input, '', complaints),
    name: readMetricName(input, '', complaints),
    dimensions: readDimensions(input, '', complaints),
  };
  for (const name of ['StartTime', 'EndTime', 'Period']) {
    if (input.raw[name] == null) complaints.add('MissingParameter', `The parameter ${name} is required.`);
  }
  complaints.throwAny();
  const [start, end, period] = [input.time('StartTime')!, input.time('EndTime')!, input.number('Period')!];
  if (start === end) throw refuse('InvalidParameterValue', 'The parameter StartTime must not equal parameter EndTime.');
  if (start > end) {
    throw refuse('InvalidParameterValue', 'The parameter StartTime must be less than the parameter EndTime.');
  }
  if (!isPeriod(period)) {
    throw refuse('InvalidParameterValue', 'The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.');
  }
  const statistics = statisticsOf(input);
  const wanted = Math.ceil((end - start) / 1000 / period);
  if (wanted > MAX_DATAPOINTS) {
    throw refuse(
      'InvalidParameterCombination',
      `You have requested up to ${wanted} datapoints, which exceeds the limit of ${MAX_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const known = samples.find(metric);
  const range = rangeOf(start, end, period, now);
  const points = known && range ? samples.read(known.id, { ...range, unit: input.string('Unit') }) : [];
  const datapoints = points.map((point) => ({
    Timestamp: point.start,
    Unit: point.unit,
    ...Object.fromEntries(statistics.map((name) => [name, STATISTICS[name]!(point)])),
  }));
  return { Label: metric.name, Datapoints: datapoints };
}

function statisticsOf(input: Fields): string[] {
  const [plain, extended] = [input.strings('Statistics'), input.strings('ExtendedStatistics')];
  if (extended?.length) {
    throw refuse('InvalidParameterValue', 'Percentiles (ExtendedStatistics) are not kept on this machine.');
  }
  if (!plain?.length) {
    throw refuse('MissingParameter', 'At least one of the parameters Statistics and ExtendedStatistics must be given.');
  }
  plain.forEach((name, index) => {
    if (Object.hasOwn(STATISTICS, name)) return;
    const set = Object.keys(STATISTICS).join(', ');
    throw refuse(
      'InvalidParameterValue',
      `The parameter Statistics.member.${index + 1} must be a value in the set [ ${set} ].`,
    );
  });
  return plain;
}
