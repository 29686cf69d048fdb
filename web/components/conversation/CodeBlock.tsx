import type { RootContent } from "hast";
import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "../../lib/clipboard.ts";
import { loadHighlighter, MAX_HIGHLIGHTED } from "../../lib/markdown/load_highlighter.ts";
import { Icon } from "../Icon.tsx";

/** "Copied" is shown this long. */
const COPIED_MS = 1_500;

/** Code with a button to copy it, coloured as soon as the highlighter is here. */
export function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  const [coloured, setColoured] = useState<ComponentChildren>();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    setColoured(undefined);
    if (language === undefined || code.length > MAX_HIGHLIGHTED) return;
    let current = true;
    loadHighlighter().then((highlight) => {
      const root = highlight(code, language.toLowerCase());
      if (current && root !== undefined) setColoured(draw(root.children));
    }, () => {}); // plain it stays
    return () => {
      current = false;
    };
  }, [code, language]);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div class="code">
      <pre tabIndex={0} role="group" aria-label={language ? `Code, ${language}` : "Code"}>
        <code>{coloured ?? code}</code>
      </pre>
      <button
        type="button"
        class="quiet icon-only code-copy"
        aria-label={copied ? "Copied" : "Copy the code"}
        onClick={async () => setCopied(await copyText(code))}
      >
        <Icon name={copied ? "check" : "copy"} />
      </button>
    </div>
  );
}

/** The highlighter gives text and spans with classes, nothing else. */
function draw(nodes: readonly RootContent[]): ComponentChildren {
  return nodes.map((node, key) => {
    if (node.type === "text") return <Fragment key={key}>{node.value}</Fragment>;
    if (node.type !== "element") return null;
    const { className } = node.properties;
    return (
      <span key={key} class={Array.isArray(className) ? className.join(" ") : undefined}>
        {draw(node.children)}
      </span>
    );
  });
}
