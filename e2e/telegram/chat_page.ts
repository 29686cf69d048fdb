import type { MessageEntity } from "grammy/types";
import type { RichText } from "../../relay/telegram/format/mod.ts";

const TAGS: Readonly<Record<string, string>> = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  text_link: "a",
};

/** Messages side by side in columns, each column with a name, about as Telegram draws them. */
export function chatPage(
  columns: readonly { name: string; messages: readonly RichText[] }[],
): string {
  const chats = columns.map(({ name, messages }) => {
    const bubbles = messages.map((message) => `<div class="bubble">${messageHtml(message)}</div>`);
    return `<section><h2>${escapeHtml(name)}</h2>${bubbles.join("")}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><main>${
    chats.join("")
  }</main>`;
}

/** Blocks take their line breaks with them, as Telegram's do. */
export function messageHtml({ text, entities }: RichText): string {
  const edges = new Set([0, text.length, ...entities.flatMap((each) => [each.offset, end(each)])]);
  const cuts = [...edges].sort((a, b) => a - b);
  let html = "";
  const open: MessageEntity[] = [];
  for (const [index, at] of cuts.entries()) {
    while (open.length > 0 && end(open.at(-1)!) <= at) {
      const closed = open.pop()!;
      html += `</${TAGS[closed.type]}>`;
    }
    for (const entity of entities.filter(({ offset }) => offset === at)) {
      html += openTag(entity);
      open.push(entity);
    }
    const next = cuts[index + 1];
    if (next !== undefined) html += escapeHtml(text.slice(at, next));
  }
  return html.replaceAll(/\n?(<(?:pre|blockquote)\b)/g, "$1")
    .replaceAll(/(<\/(?:pre|blockquote)>)\n?/g, "$1");
}

function openTag(entity: MessageEntity): string {
  switch (entity.type) {
    case "text_link":
      return `<a href="${escapeHtml(entity.url)}" title="${escapeHtml(entity.url)}">`;
    case "pre":
      return entity.language ? `<pre data-language="${escapeHtml(entity.language)}">` : "<pre>";
    case "expandable_blockquote":
      return `<blockquote class="expandable">`;
    default:
      return `<${TAGS[entity.type]}>`;
  }
}

function end(entity: MessageEntity): number {
  return entity.offset + entity.length;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
  body { margin: 0; font: 15px/1.35 "Noto Sans", "DejaVu Sans", sans-serif; background: #b8cfa8; }
  main { display: flex; gap: 20px; padding: 16px; align-items: flex-start; }
  section { width: 390px; flex: none; }
  h2 { font-size: 14px; margin: 0 0 8px; color: #2c3d22; }
  .bubble { background: #fff; border-radius: 12px; padding: 8px 11px; margin-bottom: 6px;
    white-space: pre-wrap; overflow-wrap: anywhere; box-shadow: 0 1px 1px #0002; }
  a { color: #2481cc; text-decoration: none; }
  code, pre { font: 13px/1.35 "DejaVu Sans Mono", monospace; color: #34618a; }
  pre { margin: 3px 0; padding: 6px 8px; background: #f0f4f8; border-left: 3px solid #6b9ac4;
    border-radius: 5px; white-space: pre-wrap; overflow-wrap: anywhere; }
  pre[data-language]::before { content: attr(data-language); display: block; font-weight: bold;
    border-bottom: 1px solid #d5e0ea; margin-bottom: 4px; }
  blockquote { margin: 3px 0; padding: 4px 8px; background: #f3f7ef; border-left: 3px solid #6aab4f;
    border-radius: 5px; }
  blockquote.expandable { max-height: 4.1em; overflow: hidden; position: relative; }
  blockquote.expandable::after { content: "⌄"; position: absolute; right: 8px; bottom: 0; }
`;
