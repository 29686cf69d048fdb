import type { ComponentChildren } from "preact";
import { type MutableRef, useEffect, useRef, useState } from "preact/hooks";
import { type HostId, ProtocolError, type SessionId } from "@chatcode/protocol";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { DropZone } from "../components/files/DropZone.tsx";
import { FilesButton } from "../components/files/FilesButton.tsx";
import { UploadTray } from "../components/files/UploadTray.tsx";
import { HopStatus } from "../components/HopStatus.tsx";
import { Icon } from "../components/Icon.tsx";
import { KeyBar } from "../components/KeyBar.tsx";
import { Menu } from "../components/Menu.tsx";
import { PasteDialog } from "../components/PasteDialog.tsx";
import { SearchBar } from "../components/SearchBar.tsx";
import { Status } from "../components/Status.tsx";
import { TerminalNotice } from "../components/TerminalNotice.tsx";
import { handedFiles } from "../lib/files/handed_files.ts";
import { useDroppedFiles } from "../lib/files/use_dropped_files.ts";
import { copyText } from "../lib/clipboard.ts";
import { useConnection, useObservable } from "../lib/hooks.ts";
import { sessionKey } from "../lib/overview.ts";
import { FONT_SIZES, type Preferences, preferences, setPreferences } from "../lib/preferences.ts";
import { useTerminal } from "../lib/terminal/use_terminal.ts";

type Open = "search" | "paste" | "end" | undefined;

/** One session's terminal, with its history above it and all that helps to use it. */
export default function Terminal(
  { host: hostId, session: sessionId, mayChange, views, aside, onBrowse, paste: pasteInto }: {
    host: HostId;
    session: SessionId;
    mayChange: boolean;
    /** Chooses between this and other views of the session. */
    views?: ComponentChildren;
    /** Stands beside the terminal. */
    aside?: ComponentChildren;
    /** Looks at the machine's files. */
    onBrowse: () => void;
    /** Set to what pastes into the terminal, for as long as it is there. */
    paste: MutableRef<((text: string) => void) | undefined>;
  },
) {
  const { connection, state, overview, rttMs } = useConnection();
  const [open, setOpen] = useState<Open>();
  const [toast, setToast] = useState<{ text: string; copy?: string } | undefined>();
  const back = useRef<HTMLAnchorElement>(null);
  const copy = async (text: string, done: string) => {
    setToast(await copyText(text) ? { text: done } : { text: "A program copied text", copy: text });
  };
  const terminal = useTerminal({
    host: hostId,
    session: sessionId,
    onCopy: (text) => copy(text, "Copied"),
    onShortcut: (shortcut, view) => {
      if (shortcut === "search") setOpen("search");
      else if (shortcut === "leave") back.current?.focus();
      else if (shortcut === "copy") void copy(view.selection(), "Copied");
    },
  });
  const { view, refs } = terminal;
  const host = overview.hosts.get(hostId);
  const session = overview.sessions.get(sessionKey(hostId, sessionId));
  const dropped = useDroppedFiles({
    host: hostId,
    session: sessionId,
    paste: view === undefined ? undefined : (text) => view.paste(text),
    onTrouble: (text) => setToast({ text }),
  });
  const title = session?.title ?? sessionId;
  const chosen = useObservable<Preferences | undefined>(preferences, undefined);

  useEffect(() => {
    pasteInto.current = view === undefined ? undefined : (text) => {
      view.paste(text);
      view.focus();
    };
    return () => void (pasteInto.current = undefined);
  }, [view]);
  useEffect(() => {
    const scroller = refs.scroller.current;
    if (scroller === null || !mayChange) return;
    // Before xterm.js, which would take the event and find no text in it.
    const pasteFiles = (event: ClipboardEvent) => {
      const { clipboardData } = event;
      if (clipboardData === null || clipboardData.getData("text") !== "") return;
      const { files } = handedFiles(clipboardData, { pasted: true });
      if (files.length === 0) return;
      event.preventDefault();
      event.stopPropagation();
      dropped.add(files);
    };
    scroller.addEventListener("paste", pasteFiles, { capture: true });
    return () => scroller.removeEventListener("paste", pasteFiles, { capture: true });
  }, [dropped.add]);
  useEffect(() => {
    if (toast === undefined || toast.copy !== undefined) return;
    const timer = setTimeout(() => setToast(undefined), 2_000);
    return () => clearTimeout(timer);
  }, [toast]);

  const paste = async () => {
    try {
      view?.paste(await navigator.clipboard.readText());
    } catch {
      setOpen("paste"); // not allowed, or not there
    }
  };
  const resizeFont = (by: number) => {
    const fontSize = (chosen?.fontSize ?? FONT_SIZES.default) + by;
    if (fontSize >= FONT_SIZES.min && fontSize <= FONT_SIZES.max) setPreferences({ fontSize });
  };
  const end = async () => {
    try {
      await connection?.request("sessions.end", { host: hostId, session: sessionId });
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  };

  return (
    <div
      class={aside === undefined ? "term" : "term split"}
      ref={refs.root}
      data-testid="terminal-page"
    >
      <a class="skip" href="#terminal">Skip to the terminal</a>
      <header class="term-bar">
        <a class="button quiet icon-only" href="/sessions" aria-label="All sessions" ref={back}>
          <Icon name="back" />
        </a>
        <div class="term-title">
          <h1>{title}</h1>
          <p class="note">
            <span>{host?.name ?? hostId}</span>
            {session !== undefined && <Status status={session.status} />}
          </p>
        </div>
        {mayChange && <FilesButton wideOnly onClick={onBrowse} />}
        <HopStatus connection={connection} state={state} rttMs={rttMs} host={host} />
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Search"
          title="Search (Ctrl+Shift+F)"
          data-testid="search"
          onClick={() => setOpen("search")}
        >
          <Icon name="search" />
        </button>
        <Menu label="More">
          <div class="menu-row">
            <span>Text size {chosen?.fontSize ?? FONT_SIZES.default}</span>
            <button type="button" aria-label="A−: smaller text" onClick={() => resizeFont(-1)}>
              A−
            </button>
            <button type="button" aria-label="A+: larger text" onClick={() => resizeFont(1)}>
              A+
            </button>
          </div>
          <label class="menu-row check">
            <input
              type="checkbox"
              checked={chosen?.screenReader ?? false}
              onChange={(event) => setPreferences({ screenReader: event.currentTarget.checked })}
            />
            <span>Read to screen readers</span>
          </label>
          <button
            type="button"
            data-closes
            data-testid="copy-screen"
            onClick={() => view && copy(view.screenText(), "The screen is copied")}
          >
            Copy the screen as text
          </button>
          <button type="button" data-closes onClick={() => setOpen("paste")}>Paste…</button>
          {mayChange && (
            <button type="button" class="narrow-only" data-closes onClick={onBrowse}>Files…</button>
          )}
          {mayChange && (
            <button
              type="button"
              class="danger"
              data-closes
              data-testid="end-session"
              onClick={() => setOpen("end")}
            >
              End the session…
            </button>
          )}
          <p class="menu-note">
            Ctrl+Shift+F searches, Shift+PageUp scrolls, Ctrl+Shift+Esc or Ctrl+F6 leaves the
            terminal.
          </p>
        </Menu>
        {views}
      </header>
      <TerminalNotice
        connection={state}
        terminal={terminal.state}
        host={host}
        onRedial={() => connection?.nudge()}
        onRetry={() => view?.link.retry()}
        onTakeOver={() => view?.takeSize().catch(() => {})}
      />
      {open === "search" && view !== undefined && (
        <SearchBar
          find={async (text, direction, options) => {
            await view.lookAtHistory();
            return await view.search.find(text, direction, options);
          }}
          onClose={() => {
            setOpen(undefined);
            view.endSearch();
          }}
        />
      )}
      <main class="term-main" id="terminal" tabIndex={-1}>
        <DropZone
          class={terminal.bell ? "term-body bell" : "term-body"}
          words="Drop files to paste their paths"
          disabled={!mayChange}
          onFiles={dropped.add}
          onTrouble={(text) => setToast({ text })}
        >
          <div class="scroller" ref={refs.scroller} data-testid="scroller">
            <div class="history" ref={refs.history} data-testid="history" />
            <div
              class="live"
              ref={refs.live}
              data-testid="live"
              data-state={terminal.state.state}
            />
          </div>
          {!terminal.pinned && (
            <button
              type="button"
              class={terminal.news ? "jump news" : "jump"}
              data-testid="jump"
              onClick={() => {
                view?.jumpToLive();
                view?.focus();
              }}
            >
              <Icon name="down" /> {terminal.news ? "New output" : "Jump to live"}
            </button>
          )}
          {toast !== undefined && (
            <div class="toast" role="status">
              <span>{toast.text}</span>
              {toast.copy !== undefined && (
                <button
                  type="button"
                  onClick={() => copy(toast.copy ?? "", "Copied")}
                >
                  Copy it
                </button>
              )}
              <button
                type="button"
                class="quiet icon-only"
                aria-label="Dismiss"
                onClick={() => setToast(undefined)}
              >
                <Icon name="close" />
              </button>
            </div>
          )}
          <UploadTray list={dropped.list} />
        </DropZone>
        {view !== undefined && (
          <KeyBar
            ctrl={terminal.ctrl}
            onCtrl={() => view.ctrl.value = !view.ctrl.value}
            onKey={(key) => view.press(key)}
            onText={(text) => view.typeText(text)}
            onPaste={paste}
          />
        )}
      </main>
      {aside !== undefined && <aside class="term-aside" aria-label="Conversation">{aside}</aside>}
      {open === "paste" && (
        <PasteDialog
          onPaste={(text) => view?.paste(text)}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === "end" && (
        <ConfirmDialog
          title={`End ${title}`}
          action="End the session"
          act={end}
          onClose={() => setOpen(undefined)}
        >
          <p>This kills what runs in the session. It cannot be undone.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
