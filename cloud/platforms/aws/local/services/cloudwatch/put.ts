/**
 * PutMetricData: one bad datum refuses the whole request; what is told twice is added twice.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
import type { Fields } from '../fields.ts';
import { type Datum, readDatum } from './datum.ts';
import { Complaints, refuse } from './errors.ts';
import { readNamespace } from './metric.ts';

export const MAX_DATUMS = 1_000;
const MAX_ENTITIES = 2;

/** Namespace and data of a request, or the refusal thrown. */
export function readPut(input: Fields, now: number): { namespace: string; data: Datum[] } {
  const complaints = new Complaints();
  const namespace = readNamespace(input, '', complaints);
  if (namespace.startsWith('AWS/')) {
    complaints.add('InvalidParameterValue', `The value ${namespace} for parameter Namespace is invalid.`);
  }
  const plain = input.list('MetricData');
  const entities = input.list('EntityMetricData');
  if ((entities?.length ?? 0) > MAX_ENTITIES) {
    complaints.add(
      'InvalidParameterValue',
      `The collection EntityMetricData must not have a size greater than ${MAX_ENTITIES}.`,
    );
  }
  const located = [
    ...placed(plain ?? [], ''),
    ...(entities ?? []).flatMap((one, index) =>
      placed(one.list('MetricData') ?? [], `EntityMetricData.member.${index + 1}.`),
    ),
  ];
  if (located.length === 0) complaints.add('MissingParameter', 'The parameter MetricData is required.');
  if (located.length > MAX_DATUMS) {
    throw refuse('InvalidParameterValue', `The collection MetricData must not have a size greater than ${MAX_DATUMS}.`);
  }
  const data = located.map(({ fields, where }) => readDatum(fields, where, now, complaints));
  complaints.throwAny();
  return { namespace, data };
}

function placed(list: readonly Fields[], within: string): { fields: Fields; where: string }[] {
  return list.map((fields, index) => ({ fields, where: `${within}MetricData.member.${index + 1}.` }));
}
