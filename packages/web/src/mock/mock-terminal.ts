import type { TerminalMessage, TerminalRequest } from '@sallyport/core/api';

/** What a mock terminal says: messages, and bytes as the WebSocket carries them. */
export interface MockTerminalListener {
  tell(message: TerminalMessage): void;
  show(bytes: Uint8Array<ArrayBuffer>): void;
}

/** A terminal without a server: it knows a few commands, and how a terminal of the server speaks. */
export interface MockTerminal {
  ask(request: TerminalRequest): void;
  /** Takes a binary message. */
  take(bytes: Uint8Array): void;
}

const PODS = [
  'NAME                       READY   STATUS             RESTARTS   AGE',
  'cart-5d8f7c6b9-2xkqz       1/1     Running            0          3d4h',
  'cart-5d8f7c6b9-h7wvm       1/1     Running            0          3d4h',
  'checkout-7b9c5d4f8-qq2lp   0/1     \u001b[31mCrashLoopBackOff\u001b[0m   12         41m',
  'queue-0                    1/1     Running            0          9d',
];
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'get pods': PODS,
  'get nodes': ['NAME     STATUS   ROLES           AGE    VERSION', 'node-1   Ready    control-plane   212d   v1.36.4'],
  'logs queue-0': Array.from({ length: 200 }, (_, index) => `order ${1_000 + index} was taken`),
};
const WORDS = ['get pods', 'get nodes', 'logs queue-0', 'exec -it queue-0 -- sh', 'edit configmap settings'];
const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: red\n';

/** Creates a mock terminal on `cluster`. It is ready at once. */
export function createMockTerminal(cluster: string, { tell, show }: MockTerminalListener): MockTerminal {
  let namespace = 'default';
  let isInShell = false;
  let typed = '';
  const print = (text: string) => show(Uint8Array.of(0, ...new TextEncoder().encode(text)));
  const exit = (code: number) => tell({ type: 'exit', code, namespace });

  function run(line: string): void {
    const words = line.trim().replace(/^kubectl +/, '');
    const printed = Object.hasOwn(PRINTED, words) ? PRINTED[words] : undefined;
    if (words === '') return void exit(0);
    if (words.startsWith('namespace ')) {
      namespace = words.slice(10).trim();
      return void exit(0);
    }
    if (words.includes(';')) {
      return void tell({
        type: 'refused',
        code: 'ERR_TERMINAL_NO_SHELL',
        message: '";" is of a shell, and there is none here',
        nextStep: 'Run one kubectl command per line.',
      });
    }
    tell({ type: 'started', isInteractive: true });
    if (printed !== undefined) {
      print(printed.map((each) => `${each}\r\n`).join(''));
      return void exit(0);
    }
    if (words.startsWith('exec ')) {
      isInShell = true;
      return void print('/ # ');
    }
    if (words.startsWith('edit ')) return void tell({ type: 'edit', id: 1, name: 'settings.yaml', text: SETTINGS });
    if (words.endsWith(' -w')) return void print(`${PODS.join('\r\n')}\r\n`);
    print(`Error from server (NotFound): the mock does not know ${JSON.stringify(words)}\r\n`);
    exit(1);
  }

  function type(text: string): void {
    if (text === '\u0003') {
      isInShell = false;
      print('^C\r\n');
      return void exit(130);
    }
    if (!isInShell) return;
    if (text !== '\r') {
      typed += text;
      return void print(text);
    }
    const line = typed;
    typed = '';
    if (line !== 'exit') return void print(`\r\nsh: ${line}: not found\r\n/ # `);
    isInShell = false;
    print('\r\n');
    exit(0);
  }

  const expiresAt = new Date(Date.now() + 8 * 3_600_000);
  tell({ type: 'ready', cluster, namespace, kubectlVersion: 'v1.36.4', expiresAt, idleMs: 15 * 60_000 });
  return {
    ask(request) {
      if (request.type === 'run') run(request.line);
      else if (request.type === 'cancel') type('\u0003');
      else if (request.type === 'files') tell({ type: 'files', id: request.id, files: [] });
      else if (request.type === 'download') {
        tell({ type: 'file', id: request.id, path: request.path, problem: 'there is no such file' });
      } else if (request.type === 'complete') {
        const line = request.line.slice(0, request.cursor);
        const items = WORDS.filter((each) => each.startsWith(line) && each !== line).map((value) => ({ value }));
        tell({ type: 'completions', id: request.id, from: 0, items, source: 'of the mock' });
      } else if (request.type === 'edited') {
        print(request.text === undefined ? 'Edit cancelled, no changes made.\r\n' : 'configmap/settings edited\r\n');
        exit(0);
      }
    },
    take(bytes) {
      if (bytes[0] === 0) type(new TextDecoder().decode(bytes.subarray(1)));
      else tell({ type: 'file', path: new TextDecoder().decode(bytes.subarray(3, 3 + (bytes[2] ?? 0))) });
    },
  };
}
