import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '../config.ts';
import type { SnapshotRead } from '../stores/change-feed.ts';
import type { RecordKind } from '../stores/records.ts';
import type { SnapshotRecord, SnapshotTopic } from '../stores/snapshot-topics.ts';

/** How far a server has seen its database. */
export interface PastMark {
  /** Id of the database. */
  readonly database: string;
  /** The notes hold every change of standing records behind this one. */
  readonly since: number;
  /** The newest change that it has seen. */
  readonly seq: number;
  /** When that one was made, ISO 8601. */
  readonly at?: string;
}

/** A standing record as a change left it. */
export interface NotedRecord {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly id: string;
  /** Without its secrets; `null` for one that is gone. */
  readonly record: Readonly<Record<string, unknown>> | null;
}

/** What one server noted. */
export interface PastNotes extends PastMark {
  /** Each record once, as the newest change left it. */
  readonly records: readonly NotedRecord[];
}

/** Kinds that are noted, by topic: what stands until somebody changes it. Everything else ends by itself, or with a restore. */
const NOTED: Partial<Readonly<Record<SnapshotTopic, RecordKind>>> = {
  installation: 'Installation',
  organizations: 'Organization',
  projects: 'Project',
  clusters: 'Cluster',
  identityProviders: 'IdentityProvider',
  principals: 'Principal',
  groups: 'Group',
  roles: 'Role',
  bindings: 'Binding',
  accessPolicies: 'AccessPolicy',
  requestPolicies: 'RequestPolicy',
  notificationChannels: 'NotificationChannel',
  auditSinks: 'AuditSink',
};

const MARK_FILE = 'seen.json';
const NOTES_FILE = 'standing.ndjson';

/** Folder in which a server notes what it has seen of its database. */
export function pastFolderOf(config: Pick<ServerConfig, 'pastDir' | 'stateDir'>): string {
  return config.pastDir ?? join(config.stateDir, 'past');
}

/** What a read of the database tells of standing records; `undefined` where it does not tell which of them changed. */
export function notedIn({ version, records, updates }: SnapshotRead): readonly NotedRecord[] | undefined {
  if (Object.keys(records).some((topic) => NOTED[topic as SnapshotTopic] !== undefined)) return undefined;
  const noted: NotedRecord[] = [];
  for (const [topic, changed] of Object.entries(updates)) {
    const kind = NOTED[topic as SnapshotTopic];
    if (kind === undefined) continue;
    for (const [id, record] of changed) noted.push({ seq: version, kind, id, record: record ? plain(record) : null });
  }
  return noted;
}

const plain = (record: SnapshotRecord) => record as unknown as Readonly<Record<string, unknown>>;

/** Key of a record among all that are noted. */
export const noteKey = ({ kind, id }: Pick<NotedRecord, 'kind' | 'id'>): string => `${kind}/${id}`;

/** Reads what the server of a folder noted; `undefined` where none has. */
export async function readNotes(folder: string): Promise<PastNotes | undefined> {
  const mark = await readText(join(folder, MARK_FILE));
  if (mark === undefined) return undefined;
  const noted = new Map<string, NotedRecord>();
  const kept = JSON.parse(mark) as PastMark;
  let { seq } = kept;
  for (const line of ((await readText(join(folder, NOTES_FILE))) ?? '').split('\n')) {
    const record = parseLine(line);
    if (record === undefined) continue;
    seq = Math.max(seq, record.seq);
    noted.set(noteKey(record), record);
  }
  const { at, ...rest } = kept;
  return {
    ...rest,
    seq,
    ...(at !== undefined && seq === kept.seq && { at }),
    records: [...noted.values()],
  };
}

/** Reads what all servers of a state folder noted: one, or its workers. */
export async function readAllNotes(folder: string): Promise<readonly PastNotes[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = [folder, ...entries.filter((it) => it.isDirectory()).map(({ name }) => join(folder, name))];
  const notes = await Promise.all(folders.map(readNotes));
  return notes.filter((one) => one !== undefined);
}

/** The files of one server. */
export interface NotesFile {
  writeMark(mark: PastMark): Promise<void>;
  append(records: readonly NotedRecord[]): Promise<void>;
  /** Puts the notes in place of all that there were. */
  replace(records: readonly NotedRecord[]): Promise<void>;
}

/** Opens a folder for notes (mode 0700), and makes it where it is missing. */
export async function openNotesFile(folder: string): Promise<NotesFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const put = async (name: string, content: string) => {
    const fresh = join(folder, `${name}.new`);
    await writeFile(fresh, content, { mode: 0o600 });
    await rename(fresh, join(folder, name));
  };
  const lines = (records: readonly NotedRecord[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return {
    writeMark: (mark) => put(MARK_FILE, `${JSON.stringify(mark)}\n`),
    append: (records) => appendFile(join(folder, NOTES_FILE), lines(records), { mode: 0o600 }),
    replace: (records) =>
      records.length === 0 ? rm(join(folder, NOTES_FILE), { force: true }) : put(NOTES_FILE, lines(records)),
  };
}

/** A line that a killed server left half written is none: its change is behind the mark. */
function parseLine(line: string): NotedRecord | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as NotedRecord);
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
