import { isCodedError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { parseLine } from './parse-line.ts';

function codeOf(line: string): string {
  try {
    parseLine(line);
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
  return 'taken';
}

describe('the grammar of a terminal', () => {
  const taken: readonly (readonly [line: string, command: string, args: readonly string[]])[] = [
    ['kubectl get pods', 'get', ['get', 'pods']],
    ['get pods -l "app=web,tier in (a, b)"', 'get', ['get', 'pods', '-l', 'app=web,tier in (a, b)']],
    [
      "get pods -o jsonpath='{.items[*].metadata.name}'",
      'get',
      ['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}'],
    ],
    [
      'kubectl -n shop rollout restart deploy/web',
      'rollout restart',
      ['-n', 'shop', 'rollout', 'restart', 'deploy/web'],
    ],
    ['create deploy web --image=x', 'create deployment', ['create', 'deploy', 'web', '--image=x']],
    ['exec -it web -- sh -c "echo \\"a\\""', 'exec', ['exec', '-it', 'web', '--', 'sh', '-c', 'echo "a"']],
    ['get pods clear history exit', 'get', ['get', 'pods', 'clear', 'history', 'exit']],
    ['apply -f web.yaml', 'apply', ['apply', '-f', 'web.yaml']],
    ['cp web:/var/log/x.log ./x.log', 'cp', ['cp', 'web:/var/log/x.log', './x.log']],
  ];
  it.each(taken)('takes %s word by word', (line, command, args) => {
    expect(parseLine(line)).toEqual({ kind: 'kubectl', command, args, filters: [] });
  });

  it('SEC-H08 leaves what stands behind -- alone: it is the business of the container', () => {
    const line = 'exec web -- cat --kubeconfig=/etc/x --token t -f /etc/passwd --as root';
    expect(parseLine(line)).toMatchObject({ kind: 'kubectl', command: 'exec' });
    expect(codeOf('exec web --token t -- cat')).toBe('ERR_TERMINAL_FLAG_REFUSED');
  });

  const refused: readonly (readonly [line: string, code: string])[] = [
    ['get pods; id', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods && id', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods || id', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods & id', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods $(id)', 'ERR_TERMINAL_NO_SHELL'],
    ['get "pods $(id)"', 'ERR_TERMINAL_NO_SHELL'],
    ['get `id`', 'ERR_TERMINAL_NO_SHELL'],
    ['get "`id`"', 'ERR_TERMINAL_NO_SHELL'],
    ['get $HOME', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods > /tmp/x', 'ERR_TERMINAL_NO_SHELL'],
    ['apply -f - < x', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods\nid', 'ERR_TERMINAL_NO_SHELL'],
    ['get pods\u001b[2J', 'ERR_TERMINAL_NO_SHELL'],
    ['get "pods', 'ERR_TERMINAL_QUOTE'],
    [`get ${'x'.repeat(9_000)}`, 'ERR_TERMINAL_LINE_TOO_LONG'],
    ['get pods --kubeconfig=/etc/kubernetes/admin.conf', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['--kubeconfig x get pods', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --token=x', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods -s https://evil.test', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --server https://evil.test', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --as=root', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --as-group system:masters', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --context other', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --cluster other', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --user other', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['get pods --cache-dir /tmp', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['config view --raw', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['config view --raw=true', 'ERR_TERMINAL_FLAG_REFUSED'],
    ['config set-cluster x', 'ERR_TERMINAL_COMMAND'],
    ['get pods --nonsense', 'ERR_TERMINAL_FLAG_UNKNOWN'],
    ['get pods -Z', 'ERR_TERMINAL_FLAG_UNKNOWN'],
    ['get pods -n', 'ERR_TERMINAL_FLAG_UNKNOWN'],
    ['apply -f /etc/passwd', 'ERR_TERMINAL_FILE'],
    ['apply -f../x', 'ERR_TERMINAL_FILE'],
    ['apply -f ok.yaml,/etc/passwd', 'ERR_TERMINAL_FILE'],
    ['apply -f https://evil.test/x.yaml', 'ERR_TERMINAL_FILE'],
    ['apply -f -', 'ERR_TERMINAL_FILE'],
    ['apply -f .kube/cache', 'ERR_TERMINAL_FILE'],
    ['apply -k /etc', 'ERR_TERMINAL_FILE'],
    ['create configmap x --from-file=/etc/passwd', 'ERR_TERMINAL_FILE'],
    ['create configmap x --from-file=a=/etc/passwd', 'ERR_TERMINAL_FILE'],
    ['create configmap x --from-env-file=/etc/x', 'ERR_TERMINAL_FILE'],
    ['create secret tls x --cert=/etc/x --key=k.pem', 'ERR_TERMINAL_FILE'],
    ['patch deploy x --patch-file /etc/x', 'ERR_TERMINAL_FILE'],
    ['get pods -o go-template-file=/etc/passwd', 'ERR_TERMINAL_FILE'],
    ['get pods -ojsonpath-file=/etc/passwd', 'ERR_TERMINAL_FILE'],
    ['cluster-info dump --output-directory=/tmp', 'ERR_TERMINAL_FILE'],
    ['cp /etc/passwd web:/tmp/x', 'ERR_TERMINAL_FILE'],
    ['port-forward web 80', 'ERR_TERMINAL_COMMAND_REFUSED'],
    ['proxy', 'ERR_TERMINAL_COMMAND_REFUSED'],
    ['diff -f x.yaml', 'ERR_TERMINAL_COMMAND_REFUSED'],
    ['kustomize https://evil.test', 'ERR_TERMINAL_COMMAND_REFUSED'],
    ['plugin list', 'ERR_TERMINAL_COMMAND_REFUSED'],
    ['ns', 'ERR_TERMINAL_COMMAND'],
    ['my-plugin get', 'ERR_TERMINAL_COMMAND'],
    ['create my-plugin', 'ERR_TERMINAL_COMMAND'],
    ['get pods | sh', 'ERR_TERMINAL_FILTER'],
    ['get pods | grep x /etc/passwd', 'ERR_TERMINAL_FILTER'],
    ['get pods | grep -f /etc/passwd x', 'ERR_TERMINAL_FILTER'],
    ['get pods | jq input', 'ERR_TERMINAL_FILTER'],
    ['get pods |', 'ERR_TERMINAL_FILTER'],
    ['get pods | tail -n many', 'ERR_TERMINAL_FILTER'],
    ['get pods | sort -k 1,2', 'ERR_TERMINAL_FILTER'],
    ["get pods | grep -E '(a'", 'ERR_TERMINAL_FILTER'],
    [`get pods${' | wc'.repeat(9)}`, 'ERR_TERMINAL_FILTER'],
  ];
  it.each(refused)('SEC-H08 refuses %s aloud, with a next step', (line, code) => {
    expect(() => parseLine(line)).toThrow(expect.objectContaining({ code, nextStep: expect.stringMatching(/[.?]$/) }));
  });

  it('knows its own commands as the first word alone, and reads filters with their options', () => {
    expect(parseLine('namespace shop')).toEqual({ kind: 'own', name: 'namespace', words: ['shop'] });
    expect(parseLine('  ')).toEqual({ kind: 'nothing' });
    expect(parseLine("get pods | grep -iv 'a|b' | tail -3 | wc -l")).toMatchObject({
      filters: [
        { kind: 'grep', pattern: 'a\\|b', ignoresCase: true, isInverted: true },
        { kind: 'tail', lines: 3, isFromStart: false },
        { kind: 'wc', counts: ['lines'] },
      ],
    });
    expect(parseLine('get pods -o json | jq -r \'.items[].metadata["name"]\'')).toMatchObject({
      filters: [
        {
          kind: 'jq',
          isRaw: true,
          steps: [
            { kind: 'key', name: 'items' },
            { kind: 'each' },
            { kind: 'key', name: 'metadata' },
            { kind: 'key', name: 'name' },
          ],
        },
      ],
    });
  });
});
