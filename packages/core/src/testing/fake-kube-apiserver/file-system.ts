/** A file or directory in memory. */
export type FileNode =
  | { readonly type: 'file'; content: Uint8Array; mode: number; modifiedAt: number }
  | { readonly type: 'directory'; readonly entries: Map<string, FileNode>; mode: number; modifiedAt: number };

/** A small file system of one container. Paths are absolute; `.` and `..` are resolved. */
export interface FileSystem {
  find(path: string): FileNode | undefined;
  readFile(path: string): Uint8Array | undefined;
  /** Creates or replaces a file; the directory must exist. Returns why it can't, or `undefined`. */
  writeFile(path: string, content: Uint8Array, mode?: number): string | undefined;
  /** Creates a directory with its parents. */
  makeDirectory(path: string): string | undefined;
  remove(path: string): boolean;
}

/** Absolute, normalized form of `path` seen from `directory`. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${path.startsWith('/') ? '' : directory}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const segments = (path: string): string[] =>
  resolvePath('/', path)
    .split('/')
    .filter((part) => part !== '');

/** Creates a file system with the usual directories and the given text files. */
export function createFileSystem(now: () => number, files: Readonly<Record<string, string>> = {}): FileSystem {
  const directory = (): FileNode => ({ type: 'directory', entries: new Map(), mode: 0o755, modifiedAt: now() });
  const root = directory();

  function find(path: string): FileNode | undefined {
    let node: FileNode | undefined = root;
    for (const part of segments(path)) node = node?.type === 'directory' ? node.entries.get(part) : undefined;
    return node;
  }

  const self: FileSystem = {
    find,
    readFile(path) {
      const node = find(path);
      return node?.type === 'file' ? node.content : undefined;
    },
    writeFile(path, content, mode = 0o644) {
      const parts = segments(path);
      const name = parts.pop();
      const parent = find(`/${parts.join('/')}`);
      if (name === undefined) return 'Is a directory';
      if (parent?.type !== 'directory') return 'No such file or directory';
      if (parent.entries.get(name)?.type === 'directory') return 'Is a directory';
      parent.entries.set(name, { type: 'file', content, mode, modifiedAt: now() });
      return undefined;
    },
    makeDirectory(path) {
      let node = root;
      for (const part of segments(path)) {
        if (node.type !== 'directory') return 'Not a directory';
        const next: FileNode = node.entries.get(part) ?? directory();
        node.entries.set(part, next);
        node = next;
      }
      return node.type === 'directory' ? undefined : 'File exists';
    },
    remove(path) {
      const parts = segments(path);
      const name = parts.pop();
      const parent = find(`/${parts.join('/')}`);
      return name !== undefined && parent?.type === 'directory' && parent.entries.delete(name);
    },
  };
  for (const path of ['/bin', '/etc', '/root', '/tmp', '/var/log']) self.makeDirectory(path);
  for (const [path, text] of Object.entries(files)) {
    self.makeDirectory(path.slice(0, path.lastIndexOf('/')) || '/');
    self.writeFile(path, Buffer.from(text));
  }
  return self;
}
