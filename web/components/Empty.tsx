import type { ComponentChildren } from "preact";

/** What stands where a list would: what is missing, and what to do about it. */
export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty" data-testid="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
