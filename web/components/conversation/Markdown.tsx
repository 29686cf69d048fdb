import { filePath, linkedPath, splitPaths } from "@chatcode/kit";
import type { Definition, Nodes, Root } from "mdast";
import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { OpenFile } from "../../lib/open_file.ts";
import { loadMarkdown } from "../../lib/markdown/load_markdown.ts";
import { safeLink } from "../../lib/markdown/safe_link.ts";
import { CodeBlock } from "./CodeBlock.tsx";
import { PathLink } from "./PathLink.tsx";

let loaded: Awaited<ReturnType<typeof loadMarkdown>> | undefined;

/** What an agent wrote. No HTML of it ever reaches the page: tags are shown as they stand. */
export function Markdown({ text }: { text: string }) {
  const [parse, setParse] = useState(() => loaded);
  useEffect(() => {
    if (parse !== undefined) return;
    let current = true;
    loadMarkdown().then((parser) => {
      loaded = parser;
      if (current) setParse(() => parser);
    }, () => {}); // plain text it stays
    return () => {
      current = false;
    };
  }, []);
  const drawn = useMemo(() => parse === undefined ? undefined : draw(parse(text)), [parse, text]);
  return <div class="md">{drawn ?? <p class="md-plain">{text}</p>}</div>;
}

/** A tree as elements. */
export function draw(root: Root): ComponentChildren {
  const definitions = new Map<string, Definition>();
  for (const node of root.children) {
    if (node.type === "definition") definitions.set(node.identifier, node);
  }
  return all(root.children, definitions);
}

type Definitions = ReadonlyMap<string, Definition>;

function all(nodes: readonly Nodes[], definitions: Definitions): ComponentChildren {
  return nodes.map((node, key) => <Fragment key={key}>{one(node, definitions)}</Fragment>);
}

function one(node: Nodes, definitions: Definitions): ComponentChildren {
  const inside = () => "children" in node ? all(node.children, definitions) : null;
  switch (node.type) {
    case "text":
      return <Prose text={node.value} />;
    case "html":
      return node.value;
    case "paragraph":
      return <p>{inside()}</p>;
    case "heading":
      // The first level is the page's own.
      return <Heading depth={node.depth}>{inside()}</Heading>;
    case "strong":
      return <strong>{inside()}</strong>;
    case "emphasis":
      return <em>{inside()}</em>;
    case "delete":
      return <del>{inside()}</del>;
    case "break":
      return <br />;
    case "thematicBreak":
      return <hr />;
    case "blockquote":
      return <blockquote>{inside()}</blockquote>;
    case "inlineCode":
      return <InlineCode code={node.value} />;
    case "code":
      return <CodeBlock code={node.value} language={node.lang ?? undefined} />;
    case "list":
      return node.ordered === true
        ? <ol start={node.start ?? 1}>{inside()}</ol>
        : <ul>{inside()}</ul>;
    case "listItem":
      return (
        <li class={typeof node.checked === "boolean" ? "task" : undefined}>
          {typeof node.checked === "boolean" && (
            <span role="img" aria-label={node.checked ? "Done:" : "To do:"}>
              {node.checked ? "☑" : "☐"}
            </span>
          )}
          {node.children.length === 1 && node.children[0]?.type === "paragraph"
            ? <div>{all(node.children[0].children, definitions)}</div>
            : <div>{inside()}</div>}
        </li>
      );
    case "link":
      return <Link url={node.url}>{plainly(node, definitions)}</Link>;
    case "linkReference":
      return (
        <Link url={definitions.get(node.identifier)?.url ?? ""}>{plainly(node, definitions)}</Link>
      );
    case "image":
      return <Link url={node.url}>{node.alt || node.url}</Link>;
    case "imageReference":
      return <Link url={definitions.get(node.identifier)?.url ?? ""}>{node.alt}</Link>;
    case "table": {
      const [head, ...rows] = node.children;
      const cells = (row: typeof head, Cell: "th" | "td") =>
        row?.children.map((cell, key) => (
          <Cell key={key} class={node.align?.[key] ? `md-${node.align[key]}` : undefined}>
            {all(cell.children, definitions)}
          </Cell>
        ));
      return (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Table">
          <table>
            <thead>
              <tr>{cells(head, "th")}</tr>
            </thead>
            <tbody>{rows.map((row, key) => <tr key={key}>{cells(row, "td")}</tr>)}</tbody>
          </table>
        </div>
      );
    }
    case "footnoteReference":
      return <sup>[{node.label ?? node.identifier}]</sup>;
    case "footnoteDefinition":
      return (
        <div class="md-footnote">
          <sup>[{node.label ?? node.identifier}]</sup> <div>{inside()}</div>
        </div>
      );
    case "definition":
    case "yaml":
    case "root":
    case "tableRow":
    case "tableCell":
      return null;
    default:
      node satisfies never;
      return null;
  }
}

function Prose({ text }: { text: string }) {
  return (
    <>
      {splitPaths(text).map(({ text, path }, key) =>
        path === undefined ? text : <PathLink key={key} path={path}>{text}</PathLink>
      )}
    </>
  );
}

function InlineCode({ code }: { code: string }) {
  const path = filePath(code);
  if (path === undefined) return <code>{code}</code>;
  return (
    <PathLink path={path}>
      <code>{code}</code>
    </PathLink>
  );
}

/** Inside a link nothing else can be pressed. */
function plainly(node: { children: readonly Nodes[] }, definitions: Definitions) {
  return <OpenFile.Provider value={undefined}>{all(node.children, definitions)}</OpenFile.Provider>;
}

function Heading({ depth, children }: { depth: number; children: ComponentChildren }) {
  if (depth <= 2) return <h2 class={`md-h${depth}`}>{children}</h2>;
  return <h3 class="md-h3">{children}</h3>;
}

function Link({ url, children }: { url: string; children: ComponentChildren }) {
  const href = safeLink(url);
  if (href === undefined) {
    const path = linkedPath(url);
    if (path !== undefined) return <PathLink path={path}>{children}</PathLink>;
    return <span title={url}>{children}</span>;
  }
  return <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
}
