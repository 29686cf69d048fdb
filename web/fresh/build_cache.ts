import type { FunctionComponent } from "preact";
import { setBuildId } from "./build_id.ts";

/** A component that is also sent to browsers, and the address of its chunk. */
export interface Island {
  readonly name: string;
  readonly component: FunctionComponent;
  readonly url: string;
}

/** One file below `routes/`: `id` is its path without extension, such as `/machines/[id]`. */
export interface RouteFile {
  readonly id: string;
  readonly mod: Readonly<Record<string, unknown>>;
}

/** A file that may be served. `etag` is known for built files only. */
export interface StaticFile {
  readonly contentType: string;
  readonly etag?: string;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** All that a build found out about an app; `App` needs nothing else from disk. */
export interface BuildCache {
  readonly mode: "development" | "production";
  readonly buildId: string;
  /** The script that brings islands to life. */
  readonly bootUrl: string;
  readonly islands: readonly Island[];
  readonly routes: readonly RouteFile[];
  readonly files: ReadonlyMap<string, StaticFile>;
}

/** What `_fresh/snapshot.js` exports. File paths are relative to the app's root. */
export interface Snapshot extends Pick<BuildCache, "buildId" | "bootUrl" | "islands" | "routes"> {
  readonly files: Readonly<Record<string, { path: string; contentType: string; etag: string }>>;
}

/** A build on disk, as `_fresh/snapshot.js` describes it. Each file is read once. */
export class ProdBuildCache implements BuildCache {
  readonly mode = "production";
  readonly buildId: string;
  readonly bootUrl: string;
  readonly islands: readonly Island[];
  readonly routes: readonly RouteFile[];
  readonly files: ReadonlyMap<string, StaticFile>;

  constructor(root: string, snapshot: Snapshot) {
    this.buildId = snapshot.buildId;
    this.bootUrl = snapshot.bootUrl;
    this.islands = snapshot.islands;
    this.routes = snapshot.routes;
    this.files = new Map(
      Object.entries(snapshot.files).map(([pathname, { path, contentType, etag }]) => {
        let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined;
        const read = () => bytes ??= Deno.readFile(`${root}/${path}`);
        return [pathname, { contentType, etag, read }];
      }),
    );
    setBuildId(this.buildId);
  }
}
