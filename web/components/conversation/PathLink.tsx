import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { OpenFile } from "../../lib/open_file.ts";

/** What may be a file's name; whether it is, is found out when somebody wants to see it. */
export function PathLink({ path, children }: { path: string; children: ComponentChildren }) {
  const open = useContext(OpenFile);
  if (open === undefined) return <>{children}</>;
  return (
    <button type="button" class="path-link" title={`Show ${path}`} onClick={() => open(path)}>
      {children}
    </button>
  );
}
