import { library } from '../../tsup.base.ts';

export default library({
  index: 'src/index.ts',
  'proof/index': 'src/proof/index.ts',
  'recording/index': 'src/recording/index.ts',
  'recording/blob-stores/file': 'src/recording/blob-stores/file.ts',
  'recording/blob-stores/s3': 'src/recording/blob-stores/s3.ts',
  'sinks/file': 'src/sinks/file.ts',
  'sinks/memory': 'src/sinks/memory.ts',
  'sinks/otlp': 'src/sinks/otlp.ts',
  'sinks/s3': 'src/sinks/s3.ts',
  'sinks/stdout': 'src/sinks/stdout.ts',
  'sinks/syslog': 'src/sinks/syslog.ts',
  'sinks/webhook': 'src/sinks/webhook.ts',
  'spool/index': 'src/spool/index.ts',
  'witness/index': 'src/witness/index.ts',
  'testing/index': 'src/testing/index.ts',
});
