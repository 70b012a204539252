import { judgeFolder } from './policy-in-ci.ts';

const { findings, passedCount } = judgeFolder('access', new Date());
for (const { file, message } of findings) process.stderr.write(`access/${file}: ${message}\n`);
process.stdout.write(`${passedCount} cases passed, ${findings.length} findings\n`);
if (findings.length > 0) process.exitCode = 1;
