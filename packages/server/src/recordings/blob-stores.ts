import type { BlobStore } from '@sallyport/audit/recording';
import { createFileBlobStore } from '@sallyport/audit/recording/file';
import { createS3BlobStore, type S3BlobStoreOptions } from '@sallyport/audit/recording/s3';
import type { RecordingBlobRows } from '../stores/contracts.ts';

/** Where new recordings go. The database always serves what lies in it. */
export interface RecordingsConfig {
  /** Default: `file` beside an embedded database, which takes much output many times faster so, else `database`. */
  readonly store?: 'database' | 'file' | 's3';
  /** Folder for `file`; recordings that lie there can be read whatever `store` is. Default: `recordings` in the state folder. */
  readonly folder?: string;
  /** Bucket for `s3`; recordings that lie there can be read whatever `store` is. */
  readonly s3?: S3BlobStoreOptions;
}

/** The blob stores of a server. */
export interface BlobStores {
  /** Where new recordings go. */
  readonly current: BlobStore;
  /** All that are set up, by the name that recordings know them by. */
  readonly all: ReadonlyMap<string, BlobStore>;
}

const LIST_PAGE = 1_000;

/** The blob store that is the database. */
export function createDatabaseBlobStore(rows: RecordingBlobRows): BlobStore {
  return {
    name: 'database',
    put: (key, bytes) => rows.put(key, bytes),
    get: (key) => rows.get(key),
    async *list(prefix) {
      let after: string | undefined;
      for (;;) {
        const keys = await rows.list(prefix, { limit: LIST_PAGE, ...(after !== undefined && { after }) });
        yield* keys;
        if (keys.length < LIST_PAGE) return;
        after = keys.at(-1);
      }
    },
    delete: (key) => rows.delete(key),
  };
}

/** Opens what is configured. @throws TypeError when the chosen store is not set up, which the configuration's check precludes */
export function openBlobStores(
  { store, folder, s3 }: RecordingsConfig & Required<Pick<RecordingsConfig, 'store' | 'folder'>>,
  rows: RecordingBlobRows,
): BlobStores {
  const stores = [
    createDatabaseBlobStore(rows),
    createFileBlobStore({ folder }),
    ...(s3 === undefined ? [] : [createS3BlobStore(s3)]),
  ];
  const all = new Map(stores.map((each) => [each.name, each]));
  const current = all.get(store);
  if (current === undefined) throw new TypeError(`the blob store ${store} is not set up`);
  return { current, all };
}
