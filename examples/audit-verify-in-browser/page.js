import { parseNoteKey, readLines, verifyLog } from '@sallyport/audit/proof';

const [key, bundle, verdict, findings] = ['key', 'bundle', 'verdict', 'findings'].map((id) =>
  document.getElementById(id),
);

/** The text of a file, piece by piece: a log may be larger than memory. */
async function* piecesOf(file) {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function verify(file) {
  // Without a key that came another way, the bundle vouches for itself: it is in one piece, whoever made it.
  const trusted = key.value.trim();
  const { holds, log, entries, ...report } = await verifyLog(readLines(piecesOf(file)), {
    ...(trusted !== '' && { keys: [parseNoteKey(trusted)] }),
    onProgress: (count, size) => {
      verdict.textContent = `Verified ${count} of ${size} entries…`;
    },
  });
  findings.replaceChildren(
    ...report.findings.map(({ kind, index, message }) => {
      const item = document.createElement('li');
      item.textContent = `${kind} at ${index}: ${message}`;
      return item;
    }),
  );
  return holds ? `The log ${log} holds: ${entries} entries.` : `The log ${log} does not hold.`;
}

bundle.addEventListener('change', async () => {
  const [file] = bundle.files;
  if (file === undefined) return;
  findings.replaceChildren();
  verdict.textContent = await verify(file).catch((error) => `It can't be judged: ${error.message}`);
});
