import {
  type AttachParams,
  type AttachResult,
  encodeBytesFrame,
  type HostId,
  type Session,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { ChannelNews, MockGateway } from "./mock_gateway.ts";

export interface MockViewerOptions extends Partial<Omit<AttachParams, "channel" | "session">> {
  readonly channel: number;
  readonly principal?: string;
}

/** A viewer at the mock relay: text comes out, keys go in, credit flows unless told otherwise. */
export class MockViewer {
  readonly events: Exclude<ChannelNews, { bytes: Uint8Array }>[] = [];
  /** All output since the last resync, escape sequences and all. */
  text = "";
  /** The first output byte not received yet. */
  seq = 0;
  epoch = "";
  inputSeq: number;
  ackedSeq = 0;
  /** Output frames that did not begin where the one before ended. */
  gaps = 0;
  grants = true;
  readonly #gateway: MockGateway;
  readonly #decoder = new TextDecoder();

  private constructor(
    gateway: MockGateway,
    readonly channel: number,
    readonly answer: AttachResult,
  ) {
    this.#gateway = gateway;
    this.inputSeq = answer.inputSeq;
    this.epoch = answer.epoch;
  }

  static async attach(
    gateway: MockGateway,
    session: Session["id"],
    options: MockViewerOptions,
  ): Promise<MockViewer> {
    const { principal = "anna", ...params } = options;
    const early: ChannelNews[] = [];
    let take = (news: ChannelNews): void => void early.push(news);
    gateway.onChannel(options.channel, (news) => take(news));
    const answer = await gateway.ask("terminal.attach", {
      host: gateway.id as HostId,
      session,
      viewer: "viewer-0123456789",
      cols: 80,
      rows: 24,
      creditBytes: 65_536,
      ...params,
    }, { principal }) as AttachResult;
    const viewer = new MockViewer(gateway, options.channel, answer);
    if (options.resume !== undefined) viewer.seq = options.resume.seq;
    viewer.grants = options.creditBytes !== 0;
    take = (news) => viewer.#take(news);
    for (const news of early) take(news);
    return viewer;
  }

  type(text: string, seq = this.inputSeq): void {
    const bytes = new TextEncoder().encode(text);
    const channel = this.channel;
    this.#gateway.send(encodeBytesFrame({ kind: "input", channel, seq, bytes }));
    this.inputSeq = Math.max(this.inputSeq, seq + bytes.length);
  }

  grant(bytes: number): void {
    this.#gateway.send(JSON.stringify({ type: "credit", channel: this.channel, bytes }));
  }

  async sees(text: string): Promise<void> {
    await waitFor(() => this.text.includes(text), { what: `"${text}" on the screen` });
  }

  /** The first frame of that type that came, when it is there. */
  async told(type: string): Promise<Record<string, unknown>> {
    return {
      ...await waitFor(() => this.events.find((event) => event.type === type), {
        what: `a ${type} frame`,
      }),
    };
  }

  #take(news: ChannelNews): void {
    if ("kind" in news) {
      if (news.seq !== this.seq) this.gaps += 1;
      this.seq = news.seq + news.bytes.length;
      this.text += this.#decoder.decode(news.bytes, { stream: true });
      if (this.grants) this.grant(news.bytes.length);
      return;
    }
    this.events.push(news);
    if (news.type === "input-ack") this.ackedSeq = news.seq;
    if (news.type === "resync") {
      this.seq = news.seq;
      this.epoch = news.epoch;
      this.text = "";
    }
  }
}
