/**
 * Names of what is deployed: the guide of 2017's, so that its users find their way, and ours for what it did not have.
 *
 * A prefix lets two stand side by side in one account and region; without one, they are the guide's to the letter.
 */

/** CloudWatch namespace of both metrics. */
export const NAMESPACE = 'MbedButtonPressHour';
/** The exact metric: an hour's running total, dimension `Endpoint`, to be read with Maximum over 3,600 s. */
export const EXACT_METRIC = 'PressesPerHour';
export const EXACT_DIMENSION = 'Endpoint';

/** Resource of the API: GET answers, PUT is the webhook. */
export const WEBHOOK_RESOURCE = 'webhook';

/** MQTT topic that boards publish NotificationMessages to: `mbed/{endpoint}/notifications`. */
export const NOTIFICATION_TOPIC_FILTER = 'mbed/+/notifications';
/** The topic of one board. */
export function notificationTopic(endpoint: string): string {
  return NOTIFICATION_TOPIC_FILTER.replace('+', () => endpoint);
}
/**
 * What the IoT rule hands to the function: the bytes as they came, in base64, and the topic's second part.
 * encode(*, …): https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-encode-payload
 */
export const IOT_RULE_SQL = `SELECT encode(*, 'base64') AS body, topic(2) AS endpoint FROM '${NOTIFICATION_TOPIC_FILTER}'`;

export interface Names {
  readonly table: string;
  readonly webhookFunction: string;
  readonly streamFunction: string;
  readonly iotFunction: string;
  /** Of the guide's two functions. */
  readonly role: string;
  readonly iotRole: string;
  /** The IoT rule's own, for what it could not hand on. */
  readonly iotRuleRole: string;
  readonly basicPolicy: string;
  readonly microservicePolicy: string;
  readonly api: string;
  readonly namespace: string;
  readonly apiKey: string;
  readonly usagePlan: string;
  readonly iotRule: string;
  readonly iotPolicy: string;
  readonly failureQueue: string;
  /** What an alarm's name begins with. */
  readonly alarms: string;
  readonly alarmTopic: string;
  readonly dashboard: string;
  readonly stack: string;
  /** What the bucket's name begins with; account and region follow, since buckets are named in one space for everybody. */
  readonly bucket: string;
}

/** What a prefix may be: a bucket's name has 63 characters, of which up to 44 are taken, and knows no capitals. */
export const PREFIX_PATTERN = /^(?:[a-z][a-z0-9_]{0,15})?$/;

/** Names with `prefix` (PREFIX_PATTERN) in front. */
export function namesWith(prefix: string): Names {
  return {
    table: `${prefix}mbed_connector_button_presses`,
    webhookFunction: `${prefix}mbed_time_series_webhook`,
    streamFunction: `${prefix}mbed_time_series_dynamodb`,
    iotFunction: `${prefix}mbed_time_series_iot`,
    role: `${prefix}mbed_time_series_database`,
    iotRole: `${prefix}mbed_time_series_iot`,
    iotRuleRole: `${prefix}mbed_time_series_iot_rule`,
    basicPolicy: `${prefix}AWSLambdaBasicExecutionRole`,
    microservicePolicy: `${prefix}AWSLambdaMicroserviceExecutionRole`,
    api: `${prefix}mbed time series database webhook`,
    namespace: `${prefix}${NAMESPACE}`,
    apiKey: `${prefix}mbed time series webhook sender`,
    usagePlan: `${prefix}mbed time series webhook senders`,
    iotRule: `${prefix}mbed_time_series_notifications`,
    iotPolicy: `${prefix}mbed_time_series_board`,
    failureQueue: `${prefix}mbed_time_series_failures`,
    alarms: `${prefix}mbed_time_series`,
    alarmTopic: `${prefix}mbed_time_series_alarms`,
    dashboard: `${prefix}mbed_time_series`,
    stack: `${prefix.replaceAll('_', '-')}mbed-time-series`,
    bucket: `${prefix.replaceAll('_', '-')}mbed-time-series`,
  };
}
