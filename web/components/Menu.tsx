import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./Icon.tsx";

/** A few actions behind one button. Closes on Escape, on a choice, and when the focus leaves. */
export function Menu(
  { label, children, summary }: {
    label: string;
    children: ComponentChildren;
    summary?: ComponentChildren;
  },
) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const element = details.current;
    if (element === null) return;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const close = () => element.open = false;
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !element.open) return;
      event.stopPropagation();
      close();
      element.querySelector("summary")?.focus();
    }, options);
    element.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && !element.contains(event.relatedTarget)) close();
    }, options);
    document.addEventListener("pointerdown", (event) => {
      if (event.target instanceof Node && !element.contains(event.target)) close();
    }, options);
    element.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("[data-closes]")) close();
    }, options);
    return () => stop.abort();
  }, []);
  return (
    <details class="menu" ref={details}>
      {summary === undefined
        ? (
          <summary aria-label={label} title={label}>
            <Icon name="menu" />
          </summary>
        )
        : (
          <summary title={label}>
            <span class="visually-hidden">{label}</span>
            {summary}
          </summary>
        )}
      <div class="menu-body">{children}</div>
    </details>
  );
}
