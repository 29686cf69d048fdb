import { useEffect } from "preact/hooks";

/** The document's title; "(!)" in front tells from another tab that an answer is waited for. */
export function useTitle(title: string, waits: boolean): void {
  useEffect(() => {
    document.title = `${waits ? "(!) " : ""}${title} · Chatcode`;
  }, [title, waits]);
}
