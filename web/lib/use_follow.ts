import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Closer to the end than this, in CSS pixels, counts as being there. */
const NEAR_END = 48;
/** Closer to the start than this, older things are wanted. */
const NEAR_START = 400;

/**
 * Keeps a list at its end while it is looked at there, and else where it is: things that come or go
 * above do not move what is read. The list's children carry `data-anchor`.
 */
export function useFollow(
  items: readonly unknown[],
  options: { onNearStart: () => void },
): {
  refs: Record<"scroller" | "list", RefObject<HTMLDivElement>>;
  /** Whether the end is in view. */
  following: boolean;
  /** Whether something came while it was not. */
  news: boolean;
  jump: () => void;
} {
  const refs = { scroller: useRef<HTMLDivElement>(null), list: useRef<HTMLDivElement>(null) };
  const [following, setFollowing] = useState(true);
  const [news, setNews] = useState(false);
  const follows = useRef(true);
  const anchor = useRef<{ id: string; top: number } | undefined>();
  const latest = useRef(options);
  latest.current = options;

  const look = useCallback(() => {
    const scroller = refs.scroller.current;
    if (scroller === null) return;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    follows.current = fromEnd < NEAR_END;
    setFollowing(follows.current);
    if (follows.current) setNews(false);
    anchor.current = firstInView(scroller, refs.list.current);
    if (scroller.scrollTop < NEAR_START) latest.current.onNearStart();
  }, []);

  const settle = useCallback(() => {
    const scroller = refs.scroller.current;
    if (scroller === null) return;
    if (follows.current) {
      scroller.scrollTop = scroller.scrollHeight;
      return;
    }
    const held = anchor.current;
    if (held === undefined) return;
    const element = refs.list.current?.querySelector(`[data-anchor="${CSS.escape(held.id)}"]`);
    if (!element) return;
    const moved = topIn(scroller, element) - held.top;
    if (Math.abs(moved) > 1) scroller.scrollTop += moved;
  }, []);

  useLayoutEffect(() => {
    settle();
    if (!follows.current) setNews(true);
  }, [items]);

  useEffect(() => {
    const scroller = refs.scroller.current;
    const list = refs.list.current;
    if (scroller === null || list === null) return;
    const stop = new AbortController();
    const passive = { signal: stop.signal, passive: true };
    scroller.addEventListener("scroll", look, passive);
    // What is folded open is to be read: the end may leave the view.
    list.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("summary")) {
        follows.current = false;
        anchor.current = undefined;
      }
    }, passive);
    const sizes = new ResizeObserver(() => {
      settle();
      look();
    });
    sizes.observe(scroller);
    sizes.observe(list);
    return () => {
      stop.abort();
      sizes.disconnect();
    };
  }, []);

  const jump = useCallback(() => {
    follows.current = true;
    settle();
    look();
  }, []);
  return { refs, following, news, jump };
}

function firstInView(scroller: Element, list: Element | null) {
  for (const element of list?.children ?? []) {
    const id = element.getAttribute("data-anchor");
    if (id === null || element.getBoundingClientRect().bottom <= scrollerTop(scroller)) continue;
    return { id, top: topIn(scroller, element) };
  }
}

function topIn(scroller: Element, element: Element): number {
  return element.getBoundingClientRect().top - scrollerTop(scroller);
}

function scrollerTop(scroller: Element): number {
  return scroller.getBoundingClientRect().top;
}
