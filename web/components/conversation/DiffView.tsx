import { useMemo } from "preact/hooks";
import { diffLines } from "../../lib/diff_lines.ts";

/** A change to files, coloured; the signs stay, so that colour is not all that tells. */
export function DiffView({ diff, label }: { diff: string; label: string }) {
  const { lines } = useMemo(() => diffLines(diff), [diff]);
  return (
    <pre class="diff" tabIndex={0} role="group" aria-label={label} data-testid="diff">
      <code>
        {lines.map(({ kind, text }, key) => (
          <span key={key} class={`diff-line diff-${kind}`}>{`${text || " "}\n`}</span>
        ))}
      </code>
    </pre>
  );
}
