import type { Terminal } from "@xterm/xterm";
import type { HostId, SessionId, ViewerId } from "@chatcode/protocol";
import type { Connection } from "../connection.ts";
import { type Observable, Source } from "../observable.ts";
import { preferences } from "../preferences.ts";
import { TerminalLink } from "../terminal_link.ts";
import { newViewer } from "./claim_viewer.ts";
import { HistoryPages } from "./history_pages.ts";
import { HistoryView } from "./history_view.ts";
import { type KeyName, keySequence, withCtrl } from "./keys.ts";
import type { Xterm } from "./load_xterm.ts";
import { drawByWebgl, openTerminal } from "./open_terminal.ts";
import { PinnedScroll } from "./pinned_scroll.ts";
import { routeKeys, routeWheel, type Shortcut } from "./routing.ts";
import { screenText } from "./screen_text.ts";
import { LineSearch } from "./search.ts";
import { Sizing } from "./sizing.ts";
import { applyTheme, coloursFor, systemTheme } from "./themes.ts";
import { TextInput } from "./text_input.ts";
import { Throttle } from "./throttle.ts";

/** Resizing is asked for when the size has stood still this long: a soft keyboard slides in. */
const RESIZE_SETTLE_MS = 150;
/** The history's size is looked at this often while output flows. */
const HISTORY_LOOK_MS = 700;

export interface TerminalViewParts {
  readonly xterm: Xterm;
  readonly connection: Connection;
  readonly host: HostId;
  readonly session: SessionId;
  readonly viewer: ViewerId;
  /** Scrolls; holds `history` above `live`. */
  readonly scroller: HTMLElement;
  readonly history: HTMLElement;
  readonly live: HTMLElement;
  readonly onShortcut: (shortcut: Shortcut) => void;
  readonly onBell: () => void;
  readonly onCopy: (text: string) => void;
}

/** Terminal, history and link of one session, on the page until `close()`. */
export class TerminalView {
  readonly link: TerminalLink;
  /** The next typed character is sent as with Ctrl. */
  readonly ctrl = new Source(false);
  /** Output came while the view was scrolled up. */
  readonly news = new Source(false);
  readonly #parts: TerminalViewParts;
  readonly #terminal: Terminal;
  readonly #sizing: Sizing;
  readonly #scroll: PinnedScroll;
  readonly #pages: HistoryPages;
  readonly #history: HistoryView;
  /** Over screen and history. */
  readonly search: LineSearch;
  readonly #stop = new AbortController();
  readonly #look = new Throttle(HISTORY_LOOK_MS, () => void this.lookAtHistory());
  readonly #resized = new Throttle(RESIZE_SETTLE_MS, () => this.#askSize(), { settle: true });
  readonly #encoder = new TextEncoder();

  constructor(parts: TerminalViewParts) {
    this.#parts = parts;
    const { xterm, connection, host, session, live, scroller } = parts;
    const { fontSize, screenReader } = preferences().value;
    const terminal = openTerminal(xterm, { fontSize, screenReader, onCopy: parts.onCopy });
    this.#terminal = terminal;
    terminal.open(live);
    drawByWebgl(xterm, terminal);
    this.#sizing = new Sizing({
      terminal,
      live,
      scroller,
      chosenFont: () => preferences().value.fontSize,
    });
    this.#pages = new HistoryPages((start, count) =>
      connection.request("terminal.history", { host, session, start, count })
    );
    const pages = this.#pages;
    this.#history = new HistoryView({ xterm, pages, scroller, container: parts.history });
    this.#scroll = new PinnedScroll(scroller, () => this.#scrolled());
    this.search = new LineSearch({
      terminal,
      history: this.#history,
      historySize: () => pages.size.value,
      showLive: () => this.jumpToLive(),
    });
    this.#applyTheme();
    this.#measured();

    this.link = new TerminalLink({
      connection,
      host,
      session,
      viewer: parts.viewer,
      screen: {
        write: (bytes, drawn) =>
          terminal.write(bytes, () => {
            drawn();
            this.#outputDrawn();
          }),
        reset: () => terminal.reset(),
        resize: (cols, rows) => {
          terminal.resize(cols, rows);
          this.#layOut();
        },
      },
      wantedSize: () => this.#sizing.wantedSize(),
      foreground: () => document.visibilityState === "visible",
      newViewer: () => newViewer(`${host}/${session}`),
    });
    this.#listen();
  }

  get pinned(): Observable<boolean> {
    return this.#scroll.pinned;
  }

  /** The visible screen as text, without trailing blanks. */
  screenText(): string {
    return screenText(this.#terminal);
  }

  focus(): void {
    this.#terminal.focus();
  }

  selection(): string {
    return this.#terminal.getSelection();
  }

  press(key: KeyName): void {
    const application = this.#terminal.modes.applicationCursorKeysMode;
    this.#send(keySequence(key, { application, ctrl: this.ctrl.value }));
    this.ctrl.value = false;
  }

  /** As if typed, Ctrl included. */
  typeText(text: string): void {
    this.#terminal.input(text, true);
  }

  /** As a paste: bracketed if the program asked for that. Any length. */
  paste(text: string): void {
    this.jumpToLive();
    this.#terminal.paste(text);
  }

  jumpToLive(): void {
    this.#history.unmark();
    this.#scroll.toEnd();
    this.news.value = false;
  }

  /** Makes this viewer's size the session's. */
  async takeSize(): Promise<void> {
    const { cols, rows } = this.#sizing.wantedSize();
    await this.link.resize(cols, rows, { take: true });
    this.focus();
  }

  endSearch(): void {
    this.#history.unmark();
    this.#terminal.clearSelection();
    this.focus();
  }

  /** Learns how much history there is; fails silently while not connected. */
  async lookAtHistory(): Promise<void> {
    if (this.link.state.value.state !== "live") return;
    try {
      await this.#pages.refresh();
    } catch {
      return;
    }
    this.#scroll.settle();
  }

  /** Safe twice. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.link.close();
    this.#look.stop();
    this.#resized.stop();
    this.#history.close();
    this.#scroll.close();
    this.#terminal.dispose();
  }

  #listen(): void {
    const { scroller, live, onShortcut } = this.#parts;
    const terminal = this.#terminal;
    const { signal } = this.#stop;
    terminal.onData((data) => {
      const text = this.ctrl.value ? withCtrl(data) : data;
      this.ctrl.value = false;
      this.#send(text);
    });
    terminal.onBinary((data) =>
      this.link.type(Uint8Array.from(data, (char) => char.charCodeAt(0)))
    );
    terminal.onBell(this.#parts.onBell);
    const { textarea } = terminal;
    const textInput = textarea && new TextInput({
      element: live,
      textarea,
      send: (text) => terminal.input(text, true),
      eager: () => this.ctrl.value,
    });
    routeKeys(terminal, (shortcut) => {
      switch (shortcut) {
        case "page-up":
          void this.lookAtHistory();
          return this.#scroll.byPages(-1);
        case "page-down":
          return this.#scroll.byPages(1);
        case "start":
          return this.#scroll.toStart();
        case "end":
          return this.jumpToLive();
        default:
          return onShortcut(shortcut);
      }
    });
    routeWheel({
      terminal,
      scroller,
      pinned: () => this.#scroll.pinned.value,
      onUp: () => this.#look.call(),
      signal,
    });
    // What a person types, as opposed to what xterm answers by itself, leads back to the live screen.
    const typed = () => !this.#scroll.pinned.value && this.jumpToLive();
    live.addEventListener("beforeinput", typed, { signal });
    live.addEventListener("paste", typed, { signal, capture: true });
    terminal.onKey(typed);
    document.addEventListener("visibilitychange", () => {
      this.link.focus(document.visibilityState === "visible");
    }, { signal });
    const observer = new ResizeObserver(() => {
      this.#layOut();
      this.#resized.call();
    });
    observer.observe(scroller);
    systemTheme().addEventListener("change", () => this.#applyTheme(), { signal });
    const stop = [
      preferences().subscribe(({ screenReader }) => {
        terminal.options.screenReaderMode = screenReader;
        this.#applyTheme();
        this.#layOut();
        this.#resized.call();
      }),
      this.link.state.subscribe((state) => {
        terminal.options.disableStdin = state.state === "live" && state.readOnly;
        if (state.state !== "live") return;
        this.#layOut();
        this.#resized.call();
        this.#look.call();
      }),
      () => observer.disconnect(),
      () => textInput?.close(),
    ];
    signal.addEventListener("abort", () => stop.forEach((stop) => stop()), { once: true });
  }

  #send(text: string): void {
    this.link.type(this.#encoder.encode(text));
  }

  #outputDrawn(): void {
    if (!this.#scroll.pinned.value) this.news.value = true;
    this.#look.call();
  }

  #scrolled(): void {
    if (this.#scroll.pinned.value) this.news.value = false;
    this.#history.update();
  }

  /** The session, this page or the person's choice changed its size. */
  #layOut(): void {
    this.#sizing.setFont(this.link.state.value);
    this.#measured();
  }

  #measured(): void {
    const metrics = this.#sizing.metrics();
    if (metrics === undefined) return;
    const { scroller } = this.#parts;
    scroller.style.setProperty("--view-h", `${scroller.clientHeight}px`);
    this.#history.setMetrics(metrics);
    this.#scroll.settle();
  }

  #askSize(): void {
    const state = this.link.state.value;
    if (state.state !== "live" || !state.holdsSize || state.readOnly) return;
    const { cols, rows } = this.#sizing.wantedSize();
    if (cols === state.cols && rows === state.rows) return;
    this.link.resize(cols, rows).catch(() => {}); // asked again at the next attach
  }

  #applyTheme(): void {
    const colours = coloursFor(preferences().value.theme);
    this.#terminal.options.theme = colours;
    applyTheme(this.#parts.scroller, colours);
  }
}
