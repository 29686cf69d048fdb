import { useEffect, useState } from "preact/hooks";
import { copyText } from "../lib/clipboard.ts";
import { Icon } from "./Icon.tsx";

/** Something to copy, shown in full, with a button that says when it is done. */
export function CopyField(
  { label, text, testId }: { label: string; text: string; testId?: string },
) {
  const [copied, setCopied] = useState<boolean | undefined>();
  useEffect(() => {
    if (copied === undefined) return;
    const timer = setTimeout(() => setCopied(undefined), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div class="copy-field">
      <span class="copy-label">{label}</span>
      <div class="copy-box">
        <code data-testid={testId} tabIndex={0}>{text}</code>
        <button
          type="button"
          aria-label={`Copy ${label.toLowerCase()}`}
          onClick={async () => setCopied(await copyText(text))}
        >
          <Icon name={copied === true ? "check" : "copy"} />
          <span aria-live="polite">
            {copied === undefined ? "Copy" : copied ? "Copied" : "Select it"}
          </span>
        </button>
      </div>
    </div>
  );
}
