// Generated code equals what its generator makes of the committed inputs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packages, report, root } from './lib/workspace.mjs';

const findings = [];
for (const { directory } of packages.filter((one) => existsSync(join(root, one.directory, 'buf.gen.yaml')))) {
  const output = mkdtempSync(join(tmpdir(), 'sallyport-gen-'));
  try {
    execFileSync(join(root, 'node_modules/.bin/buf'), ['generate', '-o', output], {
      cwd: join(root, directory),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}` },
    });
    for (const file of readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )) {
      const made = join(file.parentPath ?? file.path, file.name);
      const path = join(directory, made.slice(output.length + 1));
      const isSame = existsSync(join(root, path)) && readFileSync(join(root, path)).equals(readFileSync(made));
      if (!isSame)
        findings.push(
          `${path}: differs from what buf generate makes of the .proto files (npx buf generate in ${directory})`,
        );
    }
  } catch (error) {
    findings.push(`${directory}: buf generate failed: ${String(error.stderr ?? error.message).trim()}`);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}
try {
  execFileSync(process.execPath, [join(root, 'packages/audit/generate/kube-types.mjs'), '--check'], { stdio: 'pipe' });
} catch (error) {
  findings.push(String(error.stderr ?? error.message).trim());
}
report(findings);
