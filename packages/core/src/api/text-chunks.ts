/** What of a `ReadableStream` of bytes is used: not every browser lets one be read by `for await`. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
}

/** The text of a stream of UTF-8 as it comes, to be read once. Leaving the loop ends the stream; no stream has no text. */
export async function* textChunks(stream: ByteStream | null | undefined): AsyncIterable<string> {
  if (!stream) return;
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    // Whoever leaves early wants nothing more of it.
    await reader.cancel().catch(() => {});
  }
}
