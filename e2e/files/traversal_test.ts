import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";
import { GatewayHome, GatewayProcess } from "../../gateway/testing/gateway_process.ts";
import { download } from "../../gateway/testing/mock_files.ts";
import type { MockGateway } from "../../gateway/testing/mock_gateway.ts";
import { MockRelay } from "../../gateway/testing/mock_relay.ts";

/** What no answer may ever hold. */
const SECRET = "the-secret-that-stays-here";
/** No path may keep the gateway longer. */
const LIMIT_MS = 10_000;

const FOUND = "found";
const ABSENT = "FILE_NOT_FOUND";
const DENIED = "FILE_NOT_ALLOWED";
const INVALID = "INVALID_REQUEST";
type Outcome = typeof FOUND | typeof ABSENT | typeof DENIED | typeof INVALID;

interface Lab extends AsyncDisposable {
  readonly link: MockGateway;
  readonly home: string;
  readonly workspace: string;
  readonly outside: string;
}

async function openLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const outside = await Deno.realPath(await Deno.makeTempDir({ prefix: "cc-out-" }));
  stack.defer(() => Deno.remove(outside, { recursive: true }));
  const relay = stack.use(new MockRelay());
  const home = stack.use(new GatewayHome());
  await furnish(home, outside);
  stack.use(Deno.listen({ transport: "unix", path: `${home.workspace}/socket` }));
  stack.use(new GatewayProcess({ relayUrl: relay.url, home }));
  const link = await withDeadline(relay.gateway(), 30_000, "the gateway");
  const running = stack.move();
  return {
    link,
    home: home.folder,
    workspace: home.workspace,
    outside,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function furnish({ folder: home, workspace }: GatewayHome, outside: string): Promise<void> {
  const file = async (path: string, text = "fine") => {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  };
  for (const name of ["ok.txt", ".env", "dir/inner.txt", ".git/config", "ünï.txt", "sp ace.txt"]) {
    await file(`${workspace}/${name}`);
  }
  for (const name of ["100%.txt", "%2e%2e", "a\\b.txt", "new\nline.txt", "...", "..ok", "~tilde"]) {
    await file(`${workspace}/${name}`);
  }
  await file(`${home}/open.txt`);
  await file(`${home}/docs/fine.txt`);
  for (const name of [".ssh/id", ".bashrc", "docs/.secret/x", ".local/share/x"]) {
    await file(`${home}/${name}`, SECRET);
  }
  await file(`${home}/workspace-not/x.txt`); // begins like the workspace, lies openly in the home
  await file(`${outside}/a.txt`, SECRET);
  await file(`${outside}/deep/a.txt`, SECRET);
  const links: Record<string, string> = {
    "in-link": "ok.txt",
    "dir-link": "dir",
    "home-link": "../open.txt",
    "out-file": `${outside}/a.txt`,
    "out-dir": outside,
    "hidden-link": "../.ssh/id",
    "hidden-dir": "../.ssh",
    "chain-1": "chain-2",
    "chain-2": "chain-3",
    "chain-3": `${outside}/a.txt`,
    "loop-1": "loop-2",
    "loop-2": "loop-1",
    "dangling-out": `${outside}/nothing`,
    "dangling-in": "nothing",
    "root": "/",
    "proc-root": "/proc/self/root",
    "environ": "/proc/self/environ",
    "fds": "/proc/self/fd",
    "cwd": "/proc/self/cwd",
    "zero": "/dev/zero",
    "stdin": "/dev/stdin",
    "up": "..",
    "passwd": "/etc/passwd",
  };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, `${workspace}/${name}`);
  }
  await Deno.symlink(`${outside}/a.txt`, `${home}/docs/alias`);
  await Deno.symlink(".ssh", `${home}/keys`);
  await Deno.link(`${workspace}/ok.txt`, `${workspace}/hard`);
  await new Deno.Command("mkfifo", { args: [`${workspace}/pipe`] }).output();
  using huge = await Deno.open(`${workspace}/huge`, { write: true, create: true });
  await huge.truncate(2 ** 40);
}

/** A path, and what reading it comes to. */
function cases({ home, outside, workspace }: Lab): [string, Outcome][] {
  const many = "../".repeat(40);
  return [
    // What may be read, by whatever way.
    ["ok.txt", FOUND],
    ["./ok.txt", FOUND],
    [".//dir///../ok.txt", FOUND],
    [`${workspace}/ok.txt`, FOUND],
    ["~/workspace/ok.txt", FOUND],
    [".env", FOUND],
    [".git/config", FOUND],
    ["ünï.txt", FOUND],
    ["sp ace.txt", FOUND],
    ["100%.txt", FOUND],
    ["%2e%2e", FOUND],
    ["a\\b.txt", FOUND],
    ["new\nline.txt", FOUND],
    ["...", FOUND],
    ["..ok", FOUND],
    ["~tilde", FOUND],
    ["in-link", FOUND],
    ["dir-link/inner.txt", FOUND],
    ["home-link", FOUND],
    ["hard", FOUND],
    ["../open.txt", FOUND],
    ["~/open.txt", FOUND],
    ["~/docs/fine.txt", FOUND],
    [`${home}/docs/fine.txt`, FOUND],
    ["../workspace-not/x.txt", FOUND],
    ["up/open.txt", FOUND],
    [`root${workspace}/ok.txt`, FOUND],
    [`proc-root${workspace}/ok.txt`, FOUND],
    [`${many}${workspace.slice(1)}/ok.txt`, FOUND],
    // Outside.
    ["/etc/passwd", DENIED],
    ["/etc/nothing-like-this", DENIED],
    [`${many}etc/passwd`, DENIED],
    [`dir/${many}etc/passwd`, DENIED],
    [`${workspace}/../../../../../../etc/passwd`, DENIED],
    ["/", DENIED],
    [`${outside}/a.txt`, DENIED],
    [`${workspace}/../../${outside.slice(outside.lastIndexOf("/") + 1)}/a.txt`, DENIED],
    ["~/../", DENIED],
    ["file:///etc/passwd", ABSENT],
    ["//etc//passwd", DENIED],
    ["passwd", DENIED],
    ["out-file", DENIED],
    ["out-dir/a.txt", DENIED],
    ["out-dir/deep/../a.txt", DENIED],
    ["out-dir/nothing", ABSENT], // that there is a link out is no secret of the outside
    ["chain-1", DENIED],
    ["root/etc/passwd", DENIED],
    ["up/../../../../../etc/passwd", DENIED],
    ["~/docs/alias", DENIED],
    ["dangling-out", ABSENT],
    // Hidden in the home.
    ["../.ssh/id", DENIED],
    ["../.ssh", DENIED],
    ["../.ssh/nothing", DENIED],
    ["dir/../../.bashrc", DENIED],
    ["~/.bashrc", DENIED],
    ["~/.ssh/id", DENIED],
    ["~//.ssh//id", DENIED],
    ["~/docs/../.ssh/id", DENIED],
    ["~/docs/.secret/x", DENIED],
    ["~/.local/share/x", DENIED],
    ["~/keys/id", DENIED],
    ["hidden-link", DENIED],
    ["hidden-dir/id", DENIED],
    ["up/.ssh/id", DENIED],
    // The gateway's own.
    ["~/state/gateway.sock", DENIED],
    ["~/state/uploads", DENIED],
    ["~/state", DENIED],
    [`${home}/state/conversations`, DENIED],
    // The kernel's.
    ["/proc/self/environ", DENIED],
    ["/proc/self/mem", DENIED],
    ["/proc/self/maps", DENIED],
    ["/proc/self/fd/0", DENIED],
    ["/proc/self/root/etc/passwd", DENIED],
    ["/proc/1/environ", DENIED],
    ["/sys/kernel/notes", DENIED],
    ["environ", DENIED],
    ["fds/0", DENIED],
    ["proc-root/etc/passwd", DENIED],
    // Devices, pipes, sockets: none is touched.
    ["/dev/zero", DENIED],
    ["/dev/random", DENIED],
    ["/dev/tty", DENIED],
    ["/dev/fd/0", DENIED],
    ["zero", DENIED],
    ["stdin", DENIED],
    ["pipe", DENIED],
    ["socket", DENIED],
    ["dir/../pipe", DENIED],
    // Nothing is decoded, nothing cut off.
    ["%2e%2e/.ssh/id", ABSENT],
    ["..%2f.ssh%2fid", ABSENT],
    ["%2fetc%2fpasswd", ABSENT],
    ["..%c0%af.ssh/id", ABSENT],
    ["..\\.ssh\\id", ABSENT],
    ["․․/.ssh/id", ABSENT],
    ["～/.ssh/id", ABSENT],
    ["ok.txt\0", ABSENT],
    ["ok.txt\0.png", ABSENT],
    ["\0", ABSENT],
    ["../\0.ssh/id", ABSENT],
    ["ok.txt ", ABSENT],
    // Nothing there, or no file.
    ["nothing", ABSENT],
    ["dangling-in", ABSENT],
    ["loop-1", ABSENT],
    ["ok.txt/", ABSENT],
    ["ok.txt/..", ABSENT],
    ["ok.txt/../ok.txt", ABSENT],
    ["~root/.bashrc", ABSENT],
    ["~/nothing", ABSENT],
    ["dir", DENIED],
    ["", DENIED],
    [".", DENIED],
    ["x".repeat(300), ABSENT],
    [`${"dir/../".repeat(500)}ok.txt`, FOUND],
    [`${"dir/../".repeat(590)}ok.txt`, INVALID],
    ["/".repeat(5_000), INVALID],
  ];
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    await withDeadline(work, LIMIT_MS, "an answer");
    return FOUND;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code as Outcome;
    throw error;
  }
}

Deno.test("[FI1] traversal: nothing outside the rules is served, and nothing hangs", async (t) => {
  await using lab = await openLab();
  const { link } = lab;
  const all = cases(lab);
  assert(all.length >= 100);
  let read = 0;
  for (const [path, expected] of all) {
    const shown = JSON.stringify(path.length > 60 ? `${path.slice(0, 57)}…` : path);
    await t.step(`${shown}: ${expected}`, async () => {
      const opened = await outcomeOf(
        download(link, path).then(({ bytes }) => {
          read += 1;
          assertEquals(new TextDecoder().decode(bytes), "fine");
        }),
      );
      assertEquals(opened, expected);
      // Told of, it is the same, but folders are told of too.
      const told = await outcomeOf(link.request("files.stat", { path }));
      const isFolder = ["", ".", "dir"].includes(path);
      assertEquals(told, isFolder ? FOUND : expected);
      // And no list names what lies beside it, unless it is a folder that may be read.
      const listed = await outcomeOf(
        link.request("files.list", { path }).then((list) => {
          assert(
            !list.entries.some(({ name }) => name === "id" || name === "a.txt"),
            "it is listed",
          );
        }),
      );
      assertEquals(listed === FOUND, isFolder, "only folders are listed");
    });
  }
  console.log(`traversal: ${all.length} paths by 3 methods, ${read} read, the others refused`);
});

Deno.test("[FI1] traversal: huge and sparse files come by range, and cost no more", async () => {
  await using lab = await openLab();
  const begun = performance.now();
  const stat = await lab.link.request("files.stat", { path: "huge" });
  assertEquals(stat.size, 2 ** 40);
  const { bytes, facts } = await download(lab.link, "huge", { last: 5 });
  assertEquals([...bytes, facts.start], [0, 0, 0, 0, 0, 2 ** 40 - 5]);
  const middle = await download(lab.link, "huge", { start: 2 ** 39, end: 2 ** 39 + 300_000 });
  assertEquals(middle.bytes.length, 300_000);
  assert(performance.now() - begun < LIMIT_MS);
});

Deno.test("[FI1] traversal: what is swapped while it is read never leads outside", async () => {
  await using lab = await openLab();
  const { link, outside, workspace } = lab;
  await Deno.mkdir(`${workspace}/inside`);
  await Deno.mkdir(`${workspace}/kept`);
  for (const folder of ["inside", "kept"]) {
    await Deno.writeTextFile(`${workspace}/${folder}/a.txt`, "fine");
  }
  const swapper = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("swapper.ts", import.meta.url).pathname, workspace, outside],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = swapper.stdout.getReader();
  await output.read(); // it has begun
  let fine = 0;
  let refused = 0;
  let other = 0;
  try {
    const untilMs = performance.now() + 6_000;
    const paths = [
      "file-link",
      "folder-link/a.txt",
      "plain",
      "kept/a.txt",
      "folder-link/../inside/a.txt",
    ];
    while (performance.now() < untilMs || fine === 0 || refused === 0) {
      assert(performance.now() < untilMs + 20_000, "the swaps were seen from one side only");
      await Promise.all(paths.map(async (path) => {
        try {
          const { bytes } = await withDeadline(download(link, path), LIMIT_MS, path);
          assertEquals(new TextDecoder().decode(bytes), "fine");
          fine += 1;
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          if (error.code === DENIED) refused += 1;
          else if (error.code === ABSENT) other += 1;
          else throw error;
        }
      }));
      const list = await link.request("files.list", { path: "folder-link" }).catch(() => undefined);
      assert(!list?.entries.some(({ name }) => name === "deep"), "what lies outside is listed");
    }
  } finally {
    swapper.kill("SIGKILL");
    await output.cancel();
    await swapper.status;
  }
  console.log(`swaps: ${fine} read, ${refused} refused, ${other} gone; none led outside`);
});
