/** Server-side rendering: marks islands, hands their props over, fills `<head>` and `<body>`. */

import {
  type AnyComponent,
  type ComponentChildren,
  createContext,
  Fragment,
  type FunctionComponent,
  h,
  isValidElement,
  options,
  toChildArray,
  type VNode,
} from "preact";
import { useContext } from "preact/hooks";
import { jsxTemplate } from "preact/jsx-runtime";
import { renderToString } from "preact-render-to-string";
import type { BuildCache, Island } from "./build_cache.ts";
import { islandPropsToJson } from "./island_props.ts";
import { HeadCollector } from "./runtime.ts";

/** What one document gathers while it is rendered. */
class Page {
  readonly islands = new Set<Island>();
  readonly props: string[] = [];
  readonly head: VNode[] = [];
  hasBody = false;

  constructor(readonly build: BuildCache) {}

  collectHead = (children: ComponentChildren): void => {
    this.head.push(...toChildArray(children).filter((child) => isValidElement(child)));
  };
}

const CurrentPage = createContext<Page | null>(null);
const InsideIsland = createContext(false);
const islandFrames = new WeakMap<FunctionComponent, FunctionComponent>();

/** From now on each use of the island's component in a page is marked for the browser. */
export function registerIsland(island: Island): void {
  if (typeof island.component !== "function") {
    throw new TypeError(`The default export of island "${island.name}" must be a component`);
  }
  // Calls the island under another name, so that the hook below does not see it again.
  const Plain: FunctionComponent = (props) => island.component(props);
  islandFrames.set(island.component, (props) => {
    const page = useContext(CurrentPage);
    const nested = useContext(InsideIsland);
    const body = h(Plain, props);
    if (page === null || nested) return body;
    page.islands.add(island);
    const index = page.props.push(islandPropsToJson(island.name, props)) - 1;
    return h(
      Fragment,
      null,
      comment(`frsh:island:${island.name}:${index}:`),
      h(InsideIsland.Provider, { value: true }, body),
      comment("/frsh:island"),
    );
  });
}

const previousHook = options.vnode;
options.vnode = (vnode) => {
  const props = vnode.props as { children?: ComponentChildren };
  if (vnode.type === "head") {
    props.children = h(HeadContents, null, props.children);
  } else if (vnode.type === "body") {
    props.children = [props.children, h(BootScripts, null)];
  } else if (typeof vnode.type === "function") {
    vnode.type = islandFrames.get(vnode.type as FunctionComponent) ?? vnode.type;
  }
  previousHook?.(vnode);
};

/** What `_app` put into `<head>`, then what pages put into `<Head>`. */
function HeadContents({ children }: { children?: ComponentChildren }): VNode {
  const collected = useContext(CurrentPage)?.head ?? [];
  const title = collected.findLast((item) => item.type === "title");
  const own = title === undefined
    ? children
    : toChildArray(children).filter((child) => !isValidElement(child) || child.type !== "title");
  const rest = collected.filter((item) => item.type !== "title");
  return h(Fragment, null, own, title, ...rest);
}

/** The last children of `<body>`: every island's props as inert JSON, and one external script. */
function BootScripts(): VNode | null {
  const page = useContext(CurrentPage);
  if (page === null) return null;
  page.hasBody = true;
  if (page.islands.size === 0) return null;
  const urls = Object.fromEntries([...page.islands].map(({ name, url }) => [name, url]));
  const json = `{"urls":${JSON.stringify(urls)},"props":[${page.props.join(",")}]}`;
  return h(
    Fragment,
    null,
    h("script", {
      id: "__FRSH_ISLANDS",
      type: "application/json",
      dangerouslySetInnerHTML: { __html: json },
    }),
    h("script", { type: "module", src: page.build.bootUrl }),
  );
}

/** A component called with its props; async components are awaited and may answer themselves. */
export async function renderComponent<Props>(
  component: AnyComponent<Props>,
  props: Props & object,
): Promise<VNode | Response | null> {
  if (component.constructor.name !== "AsyncFunction") return h(component, props) as VNode;
  return await (component as (props: Props) => Promise<VNode | Response | null>)(props);
}

/**
 * Renders `tree` first, so that its `<Head>` is known, then `shell` around it. Without `<body>` in
 * the result a minimal document is put around it.
 */
export function renderDocument(
  build: BuildCache,
  tree: VNode | null,
  shell: (content: VNode) => VNode | null,
): { html: string; preloads: string[] } {
  const page = new Page(build);
  const render = (vnode: ComponentChildren) =>
    renderToString(
      h(
        CurrentPage.Provider,
        { value: page },
        h(HeadCollector.Provider, { value: page.collectHead }, vnode),
      ),
    );
  const content = jsxTemplate([render(tree)]);
  let html = render(shell(content) ?? content);
  if (!page.hasBody) {
    const head = h("head", null, h("meta", { charset: "utf-8" }));
    html = render(h("html", null, head, h("body", null, jsxTemplate([html]))));
  }
  const preloads = [...page.islands].map((island) => island.url);
  if (preloads.length > 0) preloads.unshift(build.bootUrl);
  return { html: `<!DOCTYPE html>${html}`, preloads };
}

/** An HTML comment; the renderer's own, although unstable, way to write one. */
function comment(text: string): VNode {
  return h(Fragment, { UNSTABLE_comment: text } as Record<string, unknown>);
}
