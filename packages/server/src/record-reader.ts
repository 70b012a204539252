import type { RecordParts } from './build-snapshot.ts';
import { buildNameIndex, type IndexKeys, type NameIndex } from './name-index.ts';
import type { RecordPart } from './record-part.ts';
import type { RecordKind, RecordOf, RecordReader } from './stores/records.ts';
import type { SnapshotTopic } from './stores/snapshot-topics.ts';
import { userNameKey } from './stores/user-name-key.ts';

/** Kinds of records that are found by name. */
type NamedKind = Exclude<RecordKind, 'Installation'>;

/** Records of each kind, ordered by name. */
export type RecordIndexes = { readonly [Kind in NamedKind]: NameIndex<RecordOf[Kind]> };

const TOPICS = {
  Installation: 'installation',
  Organization: 'organizations',
  Project: 'projects',
  Cluster: 'clusters',
  Principal: 'principals',
  Group: 'groups',
  Role: 'roles',
  Binding: 'bindings',
  AccessPolicy: 'accessPolicies',
  RequestPolicy: 'requestPolicies',
  NotificationChannel: 'notificationChannels',
  AuditSink: 'auditSinks',
  IdentityProvider: 'identityProviders',
} as const satisfies Readonly<Record<RecordKind, SnapshotTopic>>;

/** Organizations have none above them. */
const NO_ORGANIZATION = '';

function named<Kept extends { readonly organizationId: string; readonly name: string }>(): IndexKeys<Kept> {
  return { groupOf: ({ organizationId }) => organizationId, nameOf: ({ name }) => name };
}

const KEYS: { readonly [Kind in NamedKind]: IndexKeys<RecordOf[Kind]> } = {
  Organization: { groupOf: () => NO_ORGANIZATION, nameOf: ({ name }) => name },
  Project: named(),
  Cluster: named(),
  Principal: {
    groupOf: ({ organizationId }) => organizationId,
    nameOf: ({ userName }) => userNameKey(userName),
  },
  Group: named(),
  Role: named(),
  Binding: named(),
  AccessPolicy: named(),
  RequestPolicy: named(),
  NotificationChannel: named(),
  AuditSink: named(),
  IdentityProvider: named(),
};

/** Brings the indexes of before in line with changed records. */
export function updateIndexes(
  parts: RecordParts,
  before?: { readonly indexes: RecordIndexes; readonly parts: RecordParts },
): RecordIndexes {
  const indexOf = <Kind extends NamedKind>(kind: Kind) =>
    buildNameIndex<RecordOf[Kind]>(
      KEYS[kind],
      partOf(parts, kind),
      before && { index: before.indexes[kind], map: partOf(before.parts, kind).map },
    );
  return {
    Organization: indexOf('Organization'),
    Project: indexOf('Project'),
    Cluster: indexOf('Cluster'),
    Principal: indexOf('Principal'),
    Group: indexOf('Group'),
    Role: indexOf('Role'),
    Binding: indexOf('Binding'),
    AccessPolicy: indexOf('AccessPolicy'),
    RequestPolicy: indexOf('RequestPolicy'),
    NotificationChannel: indexOf('NotificationChannel'),
    AuditSink: indexOf('AuditSink'),
    IdentityProvider: indexOf('IdentityProvider'),
  };
}

/** Reads records by id and by name. */
export function createRecordReader(parts: RecordParts, indexes: RecordIndexes): RecordReader {
  return {
    get: (kind, id) => partOf(parts, kind).map.get(id),
    list: (kind, organizationId) => indexes[kind].list(organizationId),
    find<Kind extends NamedKind>(kind: Kind, name: string, organizationId: string = NO_ORGANIZATION) {
      const index: NameIndex<RecordOf[Kind]> = indexes[kind];
      const found = index.named(organizationId, kind === 'Principal' ? userNameKey(name) : name);
      // Groups of a provider may bear the name of one of the organization's own, which is meant.
      return kind === 'Group' ? found.find((group) => !('identityProviderId' in group)) : found[0];
    },
  };
}

function partOf<Kind extends RecordKind>(parts: RecordParts, kind: Kind): RecordPart<RecordOf[Kind]> {
  return parts[TOPICS[kind]] as unknown as RecordPart<RecordOf[Kind]>;
}
