import type { HostId, SessionId } from "@chatcode/protocol";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { tabConnection } from "../tab_connection.ts";
import type { TerminalState } from "../terminal_state.ts";
import { claimViewer } from "./claim_viewer.ts";
import { publish } from "./diagnostics.ts";
import { followKeyboard } from "./follow_keyboard.ts";
import { loadXterm } from "./load_xterm.ts";
import type { Shortcut } from "./routing.ts";
import { TerminalView } from "./terminal_view.ts";

/** A bell is seen this long. */
const BELL_MS = 200;

interface Shown {
  readonly state: TerminalState;
  readonly pinned: boolean;
  readonly news: boolean;
  readonly ctrl: boolean;
}

const NOTHING_YET: Shown = {
  state: { state: "attaching" },
  pinned: true,
  news: false,
  ctrl: false,
};

/** Opens the terminal in the elements of `refs` and follows what it shows. */
export function useTerminal(
  options: {
    host: HostId;
    session: SessionId;
    onCopy: (text: string) => void;
    onShortcut: (shortcut: Shortcut, view: TerminalView) => void;
  },
): Shown & {
  view: TerminalView | undefined;
  bell: boolean;
  refs: Record<"root" | "scroller" | "history" | "live", RefObject<HTMLDivElement>>;
} {
  const refs = {
    root: useRef<HTMLDivElement>(null),
    scroller: useRef<HTMLDivElement>(null),
    history: useRef<HTMLDivElement>(null),
    live: useRef<HTMLDivElement>(null),
  };
  const [view, setView] = useState<TerminalView | undefined>();
  const [shown, setShown] = useState(NOTHING_YET);
  const [bell, setBell] = useState(false);
  const latest = useRef(options);
  latest.current = options;

  useEffect(() => {
    const stop = new AbortController();
    let opened: TerminalView | undefined;
    let bellTimer: ReturnType<typeof setTimeout> | undefined;
    const open = async () => {
      const { host, session } = options;
      const connection = tabConnection(); // dials while the rest is loaded
      const [xterm, viewer] = await Promise.all([
        loadXterm(),
        claimViewer(`${host}/${session}`, stop.signal),
        document.fonts.ready,
      ]);
      const { scroller, history, live } = refs;
      if (stop.signal.aborted || !scroller.current || !history.current || !live.current) return;
      const view = opened = new TerminalView({
        xterm,
        connection,
        host,
        session,
        viewer,
        scroller: scroller.current,
        history: history.current,
        live: live.current,
        onShortcut: (shortcut) => latest.current.onShortcut(shortcut, view),
        onCopy: (text) => latest.current.onCopy(text),
        onBell: () => {
          clearTimeout(bellTimer);
          setBell(true);
          bellTimer = setTimeout(() => setBell(false), BELL_MS);
        },
      });
      const show = () =>
        setShown({
          state: view.link.state.value,
          pinned: view.pinned.value,
          news: view.news.value,
          ctrl: view.ctrl.value,
        });
      for (const source of [view.link.state, view.pinned, view.news, view.ctrl]) {
        const end = source.subscribe(show);
        stop.signal.addEventListener("abort", end, { once: true });
      }
      show();
      setView(view);
      if (!matchMedia("(pointer: coarse)").matches) view.focus();
      publish({ screenText: () => view.screenText(), counters: () => view.link.counters });
    };
    void open();
    const stopFollowing = followKeyboard(refs.root);
    return () => {
      stop.abort();
      stopFollowing();
      clearTimeout(bellTimer);
      opened?.close();
      publish(undefined);
    };
  }, []);
  return { ...shown, view, bell, refs };
}
