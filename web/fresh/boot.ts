/** Runs in browsers: finds the islands of a server-rendered page and brings them to life. */

import { type ComponentType, h, render } from "preact";

interface Handover {
  readonly urls: Record<string, string>;
  readonly props: readonly Record<string, unknown>[];
}

const handover: Handover = JSON.parse(
  document.getElementById("__FRSH_ISLANDS")?.textContent ?? '{"urls":{},"props":[]}',
);
const modules = new Map(
  Object.entries(handover.urls).map(([name, url]) => [name, import(url)] as const),
);

const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
let start: { comment: Comment; name: string; index: number } | null = null;
const found: (() => Promise<void>)[] = [];
while (comments.nextNode()) {
  const comment = comments.currentNode as Comment;
  const [, name, index] = /^frsh:island:([^:]*):(\d+):/.exec(comment.data) ?? [];
  if (name !== undefined) {
    start = { comment, name, index: Number(index) };
  } else if (comment.data === "/frsh:island" && start !== null) {
    const island = start;
    found.push(async () => {
      const { default: component } = await modules.get(island.name) as { default: ComponentType };
      render(h(component, handover.props[island.index] ?? null), between(island.comment, comment));
    });
    start = null;
  }
}
for (const revive of found) await revive();

/** The nodes between two siblings, as a parent that Preact can render into. */
function between(first: Comment, last: Comment): Element {
  const parent = first.parentElement as Element;
  const childNodes = () => {
    const nodes: Node[] = [];
    for (let node = first.nextSibling; node !== null && node !== last; node = node.nextSibling) {
      nodes.push(node);
    }
    return nodes;
  };
  const fragment = {
    nodeType: 1,
    ownerDocument: document,
    namespaceURI: parent.namespaceURI,
    parentNode: parent,
    nextSibling: null,
    get firstChild() {
      return childNodes()[0] ?? null;
    },
    get childNodes() {
      return childNodes();
    },
    contains: (node: Node) => parent.contains(node),
    insertBefore: (node: Node, before: Node | null) => parent.insertBefore(node, before ?? last),
    appendChild: (node: Node) => parent.insertBefore(node, last),
    removeChild: (node: Node) => parent.removeChild(node),
  };
  return fragment as unknown as Element;
}
