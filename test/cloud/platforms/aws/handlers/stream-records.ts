/** Records of the table's stream as DynamoDB makes them. */
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { NOW } from './invoking.ts';

/** The hour that records are of unless told. */
export const HOUR = hourOf(NOW);

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly dynamodb: Readonly<Record<string, unknown>>;
}

/** An endpoint's hour went from one count to another; undefined: the image or the count was not there. */
export function record(
  sequence: number | string,
  endpoint: string,
  before: number | string | undefined,
  after: number | string | undefined,
  hour = HOUR,
): StreamRecord {
  const Keys = { Endpoint: { S: endpoint }, EventHour: { S: hour } };
  const image = (count: number | string | undefined): object =>
    count === undefined ? { ...Keys, EventState: { S: '{}' } } : { ...Keys, EventCount: { N: String(count) } };
  return {
    eventID: `event-${sequence}`,
    eventName: before === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      ApproximateCreationDateTime: NOW / 1000,
      ...{ Keys, NewImage: image(after), SequenceNumber: String(sequence), SizeBytes: 100 },
      ...(before === undefined ? {} : { OldImage: image(before) }),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}
