/**
 * Services that a user has elsewhere, by the SDK's own variables: no stand-in is started for them, and the functions get the
 * user's credentials. Without any, nothing of the user's account reaches a function. Pure.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */

export type Service = 'DYNAMODB' | 'DYNAMODB_STREAMS' | 'CLOUDWATCH' | 'SQS' | 'S3';
export type Environment = Readonly<Record<string, string | undefined>>;

/** What any process needs of its surroundings, and none of the user's secrets. */
const OF_THE_MACHINE = /^(HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|TMP|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE)$/i;
const OF_THE_USER = /^(AWS_(?!ENDPOINT_URL|LAMBDA)|HTTPS?_PROXY$|NO_PROXY$)/i;
const DUMMY_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
const DEFAULT_REGION = 'us-east-1';

/** The user's address of a service; undefined: there is none, a stand-in takes its place. */
export function elsewhere(environment: Environment, service: Service): string | undefined {
  const url = environment[`AWS_ENDPOINT_URL_${service}`];
  if (url !== undefined && url !== '') return url;
  if (service !== 'DYNAMODB_STREAMS') return undefined;
  // The service itself has the streams at an address of their own, which the SDK knows; others have both at one.
  return elsewhere(environment, 'DYNAMODB');
}

export function isAwsItself(url: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/i.test(URL.parse(url)?.hostname ?? '');
}

export function regionOf(environment: Environment): string {
  return environment.AWS_REGION || environment.AWS_DEFAULT_REGION || DEFAULT_REGION;
}

/** Whether a service of the user's is used, and there are credentials for it. */
export function usesAccount(environment: Environment): boolean {
  const services: readonly Service[] = ['DYNAMODB', 'CLOUDWATCH', 'SQS', 'S3'];
  const hasCredentials = Object.keys(environment).some((name) =>
    /^AWS_(ACCESS_KEY_ID|PROFILE|WEB_IDENTITY_TOKEN_FILE)$/.test(name),
  );
  return hasCredentials && services.some((service) => elsewhere(environment, service) !== undefined);
}

/** What the processes of the functions get of the surroundings: the machine's, and credentials. */
export function functionSurroundings(environment: Environment): Record<string, string> {
  const account = usesAccount(environment);
  const passed = Object.entries(environment).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && (OF_THE_MACHINE.test(name) || (account && OF_THE_USER.test(name)));
  });
  return { ...(account ? {} : DUMMY_CREDENTIALS), ...Object.fromEntries(passed) };
}
