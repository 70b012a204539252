/** Gives the reader a file to keep, made of `parts`; the browser asks where, or puts it among the downloads. */
export function saveText(parts: readonly string[], fileName: string, mediaType: string): void {
  save(new Blob([...parts], { type: mediaType }), fileName);
}

/** The same of bytes that are of no known type: no browser shows them as a page. */
export function saveBytes(content: Uint8Array<ArrayBuffer>, fileName: string): void {
  save(new Blob([content], { type: 'application/octet-stream' }), fileName);
}

function save(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has its own hold on what the address stands for by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
