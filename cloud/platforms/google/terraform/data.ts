/**
 * Where it keeps things: the database, the bucket and queue of what was set aside, and the secret header.
 *
 * Database and bucket stay when it is destroyed. The header's value is made while Terraform applies and written by a write-only
 * argument: it is in no file of Terraform's, its state included.
 * https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only
 */
import { DEMANDED_HEADER, type Names } from '../names.ts';
import { INDEXES } from '../store/documents.ts';
import { type Part, ref } from './part.ts';
import { needs } from './services.ts';

export function data(names: Names): Part {
  return {
    variable: {
      database_location: {
        type: 'string',
        description: 'Where Firestore keeps its data; the region unless told. It cannot be changed later.',
        default: null,
        nullable: true,
      },
      header_version: {
        type: 'number',
        description: 'Raise it by one for a new value of the header that senders must have set.',
        default: 1,
      },
    },
    ephemeral: { random_password: { header: { length: 43, special: false } } },
    resource: {
      google_firestore_database: {
        counts: {
          name: names.database,
          location_id: ref('coalesce(var.database_location, var.region)'),
          type: 'FIRESTORE_NATIVE',
          delete_protection_state: 'DELETE_PROTECTION_ENABLED',
          deletion_policy: 'ABANDON',
          depends_on: needs('firestore'),
        },
      },
      google_firestore_field: fieldIndexes(),
      google_firestore_index: compositeIndexes(),
      google_storage_bucket: {
        aside: {
          name: `${ref('var.project')}-${names.asideBucket}`,
          ...privateBucket(),
          force_destroy: false,
          depends_on: needs('storage'),
        },
      },
      google_pubsub_topic: { failures: { name: names.failureTopic, depends_on: needs('pubsub') } },
      google_pubsub_subscription: {
        failures: {
          name: names.failureSubscription,
          topic: ref('google_pubsub_topic.failures.id'),
          // Seven days, and for as long as nobody reads it.
          message_retention_duration: '604800s',
          expiration_policy: { ttl: '' },
        },
      },
      google_secret_manager_secret: {
        header: {
          secret_id: names.headerSecret,
          replication: { auto: {} },
          depends_on: needs('secretmanager'),
        },
      },
      google_secret_manager_secret_version: {
        header: {
          secret: ref('google_secret_manager_secret.header.id'),
          secret_data_wo: `${DEMANDED_HEADER}: ${ref('ephemeral.random_password.header.result')}`,
          secret_data_wo_version: ref('var.header_version'),
        },
      },
    },
  };
}

/** Nobody from outside, whatever is set on an object. */
export function privateBucket(): object {
  return {
    location: ref('var.region'),
    uniform_bucket_level_access: true,
    public_access_prevention: 'enforced',
  };
}

const DATABASE = ref('google_firestore_database.counts.name');

/** In place of those that Firestore makes by itself; an empty `index_config` leaves none. */
function fieldIndexes(): Readonly<Record<string, object>> {
  const entries = INDEXES.fields.map(({ collectionGroup, field, scopes }) => [
    `${collectionGroup}_${field}`,
    {
      ...{ database: DATABASE, collection: collectionGroup, field },
      index_config:
        scopes.length === 0 ? {} : { indexes: scopes.map((query_scope) => ({ order: 'ASCENDING', query_scope })) },
    },
  ]);
  return Object.fromEntries(entries);
}

function compositeIndexes(): Readonly<Record<string, object>> {
  const entries = INDEXES.composite.map(({ collectionGroup, fields }) => [
    [collectionGroup, ...fields].join('_'),
    {
      ...{ database: DATABASE, collection: collectionGroup, query_scope: 'COLLECTION_GROUP' },
      fields: fields.map((field_path) => ({ field_path, order: 'ASCENDING' })),
    },
  ]);
  return Object.fromEntries(entries);
}
