import { needPrograms } from "../../../tools/need.ts";

const SUITE = "bookworm";
/** What a bare server of a provider has beyond Debian's minimum, and what a container boots with. */
const BARE = "systemd,systemd-sysv,dbus,ca-certificates,curl,iproute2,procps,openssl";
/** What install.sh brings, so that most tests need not wait for apt. */
const PACKAGES = "tmux git ripgrep bubblewrap sudo logrotate e2fsprogs";
/** In the cache's name: a change of what is in it makes a new one. */
const EDITION = 2;

export interface RootFs {
  /** Lower folders of an overlay, the topmost first: Debian with nothing of ours. */
  readonly bare: readonly string[];
  /** The same with the packages that install.sh needs. */
  readonly withPackages: readonly string[];
}

export type RootFsForTests =
  | { readonly rootFs: RootFs; readonly missing: undefined }
  | { readonly rootFs: undefined; readonly missing: string };

/** A Debian to boot in a container, made once and kept; or the reason to skip. */
export async function findRootFs(): Promise<RootFsForTests> {
  const skip = (missing: string) => ({ rootFs: undefined, missing });
  if (Deno.build.os !== "linux") return skip("containers need Linux");
  if (Deno.uid() !== 0) return skip("containers need root");
  try {
    await needPrograms({ debootstrap: "debootstrap", "systemd-nspawn": "systemd-container" });
    return { rootFs: await make(), missing: undefined };
  } catch (error) {
    return skip(error instanceof Error ? error.message : String(error));
  }
}

async function make(): Promise<RootFs> {
  const cache = `${
    Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
  }/chatcode-install`;
  await Deno.mkdir(cache, { recursive: true });
  // One process makes it, others wait.
  using lock = await Deno.open(`${cache}/lock`, { create: true, write: true });
  await lock.lock(true);
  const bare = `${cache}/${SUITE}-${EDITION}`;
  const packages = `${bare}-packages`;
  if (!isThere(bare)) {
    console.log(`Making a bare Debian in ${bare}, once; it takes a minute or two`);
    const draft = `${bare}.draft`;
    await run(["rm", "-rf", draft]);
    await run(["debootstrap", "--variant=minbase", `--include=${BARE}`, SUITE, draft]);
    await takeHostSettings(draft);
    await Deno.rename(draft, bare);
  }
  if (!isThere(packages)) {
    console.log(`Adding packages in ${packages}, once`);
    const [draft, work, root] = ["draft", "work", "root"].map((name) => `${packages}.${name}`) as [
      string,
      string,
      string,
    ];
    await run(["rm", "-rf", draft, work, root]);
    for (const folder of [draft, work, root]) await Deno.mkdir(folder);
    await run(["mount", "-t", "overlay", "overlay", "-o"]
      .concat(`lowerdir=${bare},upperdir=${draft},workdir=${work}`, root));
    try {
      const script = `export DEBIAN_FRONTEND=noninteractive; apt-get update -q && ` +
        `apt-get install -y -q --no-install-recommends ${PACKAGES} && apt-get clean`;
      await run(["systemd-nspawn", "-q", "-D", root, "--register=no", "--keep-unit"]
        .concat("--resolv-conf=copy-host", "--console=pipe", "sh", "-c", script));
    } finally {
      await run(["umount", root]);
    }
    await run(["rm", "-rf", work, root]);
    await Deno.rename(draft, packages);
  }
  return { bare: [bare], withPackages: [packages, bare] };
}

/** Where packages come from is this machine's own business: mirrors, proxies, authorities. */
async function takeHostSettings(root: string): Promise<void> {
  const home = Deno.env.get("HOME") ?? "/root";
  const cafile = await npmCafile(`${home}/.npmrc`) ?? await npmCafile("/etc/npmrc");
  const paths = ["/etc/apt/apt.conf.d", "/usr/local/share/ca-certificates", "/etc/npmrc"]
    .concat(`${home}/.npmrc`, cafile ?? []);
  for (const path of paths.filter(isThere)) {
    const to = `${root}${path.startsWith(home) ? path.replace(home, "/root") : path}`;
    await run(["mkdir", "-p", to.slice(0, to.lastIndexOf("/"))]);
    await run(["cp", "-rL", "--no-target-directory", path, to]);
  }
  // For every user: the agents are brought by another one than root.
  if (isThere(`${root}/root/.npmrc`)) {
    const text = await Deno.readTextFile(`${root}/root/.npmrc`);
    await Deno.writeTextFile(`${root}/etc/npmrc`, text, { append: true });
  }
  await run(["chroot", root, "update-ca-certificates"]);
}

async function npmCafile(path: string): Promise<string | undefined> {
  if (!isThere(path)) return undefined;
  return /^cafile\s*=\s*"?([^"\n]+)"?$/m.exec(await Deno.readTextFile(path))?.[1]?.trim();
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** @throws {Error} with the end of what it wrote, if it fails */
export async function run([program = "", ...args]: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  const end = (text.decode(stdout) + text.decode(stderr)).trim().split("\n").slice(-5).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed: ${end}`);
}
