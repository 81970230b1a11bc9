/** What `mts platforms` says of the Google platform. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'google',
  store: 'Firestore, in native mode (firestore); what is not understood in Cloud Storage, with a notice in Pub/Sub',
  sink: 'Cloud Monitoring (cloud-monitoring): one rising sum an endpoint, shown as its difference by the hour',
  needs:
    'A Google Cloud project with billing, and Terraform 1.11 for what `mts google synth` prints; or this machine alone, with ' +
    "Google's emulators of Firestore and Pub/Sub and Java.",
  exact:
    "Counts: each press once; an endpoint's state and hour change in one transaction. Graph: each press once, whatever is lost on " +
    'the way; but one that is told after its hour, while its board has already been told of a later one, and one more than a ' +
    'day old, is shown in the hour in which it was told, since a series only goes forward.',
  cost:
    'Firestore: reads and writes of documents (https://cloud.google.com/firestore/pricing). Cloud Monitoring: samples written, one ' +
    'for each board that was pressed in a minute (https://cloud.google.com/stackdriver/pricing). Cloud Run: time of the two ' +
    'functions (https://cloud.google.com/run/pricing).',
  limits: [
    'The graph is a minute behind, and more where Cloud Monitoring is: it takes a point of a series every 5 s at most, we send one a minute.',
    'Cloud Monitoring takes nothing older than 25 hours: what it was not told for longer is shown when it is told.',
    'Within an hour its graphs draw straight lines: look at it by the hour.',
    'Firestore takes 500 changed hours of boards a second in all (https://firebase.google.com/docs/firestore/solutions/shard-timestamp), and ' +
      'about one write a second of each board; what is too much for it is answered 503 and sent again.',
    'Cloud Monitoring takes 200,000 boards of all deployments in a project (https://cloud.google.com/monitoring/quotas).',
    'A body has 32 MiB at most: Cloud Run takes no more by HTTP/1.',
  ],
  start: [
    'up --platform google',
    'google synth > mbed-time-series.tf.json',
    'google bundle --out ./bundle',
    'report --platform google --google-project my-project',
  ],
};
