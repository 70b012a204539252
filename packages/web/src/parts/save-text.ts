/** Gives the reader a file to keep, made of `parts`; the browser asks where, or puts it among the downloads. */
export function saveText(parts: readonly string[], fileName: string, mediaType: string): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has its own hold on what the address stands for by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
