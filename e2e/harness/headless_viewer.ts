// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { hostId, sessionId, type ViewerId, viewerId } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Connection } from "../../web/lib/connection.ts";
import type { Socket } from "../../web/lib/socket.ts";
import { TerminalLink } from "../../web/lib/terminal_link.ts";
import { HeadlessScreen } from "./headless_screen.ts";

export interface HeadlessViewerOptions {
  readonly url: string;
  readonly token: string;
  readonly host: string;
  readonly session: string;
}

/** The web app's own client code without a page: it reconnects and resumes as a tab does. */
export class HeadlessViewer implements Disposable {
  readonly connection: Connection;
  readonly link: TerminalLink;
  readonly screen = new HeadlessScreen();

  private constructor({ url, token, host, session }: HeadlessViewerOptions) {
    this.connection = new Connection({
      dial: () => {
        const headers = { authorization: `Bearer ${token}` };
        const options = { headers, perMessageDeflate: false };
        const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, options);
        socket.on("error", () => {}); // its close follows
        return socket as unknown as Socket; // the events it needs are those of a browser's socket
      },
      whoAmI: () => Promise.resolve("signed-in"),
      client: { name: "headless", version: "1.0.0" },
    });
    this.link = new TerminalLink({
      connection: this.connection,
      host: hostId.parse(host),
      session: sessionId.parse(session),
      viewer: newViewer(),
      screen: this.screen,
      wantedSize: () => ({ cols: 80, rows: 24 }),
      foreground: () => true,
      newViewer,
    });
  }

  /** Resolves when the view is live. */
  static async open(options: HeadlessViewerOptions): Promise<HeadlessViewer> {
    const viewer = new HeadlessViewer(options);
    const { link } = viewer;
    await waitFor(() => link.state.value.state === "live", { what: "a live view" });
    return viewer;
  }

  type(text: string): void {
    this.link.type(new TextEncoder().encode(text));
  }

  async sees(text: string, deadlineMs = 10_000): Promise<void> {
    await waitFor(() => this.screen.lines().some((line) => line.includes(text)), {
      what: `"${text}" on the screen`,
      deadlineMs,
    });
  }

  [Symbol.dispose](): void {
    this.link.close();
    this.connection.close();
    this.screen[Symbol.dispose]();
  }
}

function newViewer(): ViewerId {
  return viewerId.parse(crypto.randomUUID());
}
