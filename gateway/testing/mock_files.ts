import { withDeadline } from "@chatcode/kit";
import {
  type ChannelId,
  encodeBytesFrame,
  encodeFrame,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  type FileEndFrame,
  type RelayMethodInput,
  type RelayMethodResult,
} from "@chatcode/protocol";
import type { MockGateway } from "./mock_gateway.ts";

const DEADLINE_MS = 30_000;
let nextChannel = 1000;

export interface Downloaded {
  readonly facts: RelayMethodResult<"files.open">;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly outcome: FileEndFrame["outcome"];
}

/**
 * Reads a file through a gateway as a relay would. With `meanwhile`, no byte may come before that is
 * done. @throws ProtocolError as the host answers */
export async function download(
  gateway: MockGateway,
  path: string,
  range: Partial<RelayMethodInput<"files.open">> = {},
  meanwhile?: () => Promise<unknown>,
): Promise<Downloaded> {
  const channel = nextChannel++;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const ended = Promise.withResolvers<FileEndFrame["outcome"]>();
  gateway.onChannel(channel, (news) => {
    if ("kind" in news) {
      pieces.push(news.bytes);
      const grant = { type: "credit", channel: channel as ChannelId, bytes: news.bytes.length };
      gateway.send(JSON.stringify(grant));
    } else if (news.type === "file-end") ended.resolve(news.outcome);
  });
  const creditBytes = meanwhile === undefined ? FILE_WINDOW_BYTES : 0;
  const facts = await withDeadline(
    gateway.ask("files.open", { path, channel, creditBytes, ...range }, { principal: "anna" }),
    DEADLINE_MS,
    "files.open",
  ) as RelayMethodResult<"files.open">;
  if (meanwhile !== undefined) {
    await meanwhile();
    gateway.send(JSON.stringify({ type: "credit", channel, bytes: FILE_CHUNK_BYTES }));
  }
  const outcome = await withDeadline(ended.promise, DEADLINE_MS, "the file's end");
  return { facts, bytes: new Uint8Array(await new Blob(pieces).arrayBuffer()), outcome };
}

/** Sends an upload's bytes from where it is, up to `until`. @returns how the host ended it, if it did */
export async function sendBytes(
  gateway: MockGateway,
  upload: string,
  content: Uint8Array,
  options: { until?: number; principal?: string } = {},
): Promise<{ offset: number; ended: FileEndFrame | undefined }> {
  const { until = content.length, principal = "anna" } = options;
  const channel = nextChannel++ as ChannelId;
  let ended: FileEndFrame | undefined;
  let wake = Promise.withResolvers<void>();
  let credit = 0;
  gateway.onChannel(channel, (news) => {
    if ("kind" in news) return;
    if (news.type === "credit") credit += news.bytes;
    if (news.type === "file-end") ended = news;
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const answer = await gateway.ask("uploads.receive", { upload, channel }, { principal });
  const { offset, creditBytes } = answer as RelayMethodResult<"uploads.receive">;
  credit += creditBytes;
  for (let seq = offset; seq < until && ended === undefined;) {
    if (credit === 0) {
      await withDeadline(wake.promise, DEADLINE_MS, "credit");
      continue;
    }
    const bytes = content.subarray(seq, Math.min(seq + FILE_CHUNK_BYTES, seq + credit, until));
    gateway.send(encodeBytesFrame({ kind: "upload", channel, seq, bytes }));
    seq += bytes.length;
    credit -= bytes.length;
  }
  gateway.send(encodeFrame({ type: "file-end", channel, outcome: "done" }));
  return { offset, ended };
}
