import type { HostId, MethodResult } from "@chatcode/protocol";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Connection } from "../connection.ts";
import { whyNot } from "./use_folder.ts";

export type Preview =
  | { readonly state: "loading" }
  | { readonly state: "shown"; readonly link: MethodResult<"previews.create"> }
  /** The link is over. */
  | { readonly state: "expired" }
  | { readonly state: "failed"; readonly message: string };

/**
 * A link that shows one file, for as long as it lasts. It ends with the component, unless `keep()`
 * was called: the person has handed it on.
 */
export function usePreview(
  connection: Connection,
  host: HostId,
  path: string,
): { preview: Preview; again: () => void; keep: () => void } {
  const [preview, setPreview] = useState<Preview>({ state: "loading" });
  const [asked, setAsked] = useState(0);
  const kept = useRef(false);
  useEffect(() => {
    const stop = new AbortController();
    kept.current = false;
    setPreview({ state: "loading" });
    connection.request("previews.create", { host, path }).then((link) => {
      const revoke = () => {
        if (!kept.current) connection.request("previews.revoke", { id: link.id }).catch(() => {});
      };
      if (stop.signal.aborted) return revoke();
      setPreview({ state: "shown", link });
      const timer = setTimeout(
        () => setPreview({ state: "expired" }),
        Math.max(link.expiresAtMs - Date.now(), 0),
      );
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        revoke();
      }, { once: true });
    }, (error: unknown) => {
      if (!stop.signal.aborted) setPreview({ state: "failed", message: whyNot(error) });
    });
    return () => stop.abort();
  }, [connection, host, path, asked]);
  return {
    preview,
    again: () => setAsked((asked) => asked + 1),
    keep: () => void (kept.current = true),
  };
}
