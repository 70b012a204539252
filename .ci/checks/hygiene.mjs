// What must never be committed: places on one machine, download hosts, secrets, loose ends.
import { listFiles, read, report } from './lib/workspace.mjs';

/** Each rule: what it finds, in which files (all when absent), and what to do about it. */
const rules = [
  { pattern: /(?<![\w.])\/(work\/(main|shared)|root|Users)\/[\w.]/, advice: 'names a place on one machine' },
  { pattern: /\/tmp\/(h|bash_jobs)\b/, advice: 'names a place on one machine' },
  { pattern: /\.\.\/shared\b/, except: /^\.ci\//, advice: 'points outside the repository' },
  {
    pattern: /https?:\/\/[\w.-]*(registry|artifactory|nexus|verdaccio|pypi|proxy\.golang)[\w.-]*/i,
    except: /^\.ci\/checks\//,
    advice: 'names a download host',
  },
  {
    pattern: /-----BEGIN (EC |RSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s*\n?[A-Za-z0-9+/=]{40}/,
    advice: 'holds a private key; make it at test time',
  },
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d+)/,
    files: /\.(ts|tsx|mjs|js)$/,
    except: /^\.ci\/checks\//,
    advice: 'loose end without an issue number',
  },
  { pattern: /\b(describe|it|test)\.only\(|\bdebugger\b;/, files: /\.tsx?$/, advice: 'left over from debugging' },
  {
    pattern: /@ts-(ignore|nocheck)|eslint-disable(?!.*--)|biome-ignore(?!.*: \S)/,
    files: /\.tsx?$/,
    advice: 'silences a check without a reason',
  },
  { pattern: /^(<{7}|>{7}) /m, advice: 'merge conflict' },
];
const findings = [];
for (const path of listFiles(
  /\.(ts|tsx|js|mjs|json|md|ya?ml|sh|html|css|proto|sql|svg|service)$|^\.ci\/run$|^[^/]*$/,
)) {
  if (path === 'package-lock.json' || path === 'LICENSE' || path.includes('/src/gen/')) continue;
  const text = read(path);
  for (const { pattern, files, except, advice } of rules) {
    if (files?.test(path) === false || except?.test(path)) continue;
    const match = pattern.exec(text);
    if (match !== null)
      findings.push(`${path}:${text.slice(0, match.index).split('\n').length}: ${advice} (${match[0].slice(0, 40)})`);
  }
}
for (const path of listFiles(/\.(pem|key|p12|pfx|kubeconfig|log|tgz|gz|zip|deb|exe|node)$/)) {
  if (!path.includes('/testdata/')) findings.push(`${path}: files of this kind are made, not committed`);
}
report(findings);
