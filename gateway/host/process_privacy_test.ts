import { assertEquals } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";

const notRoot = Deno.build.os !== "linux"
  ? "only Linux has it"
  : Deno.uid() !== 0
  ? "needs root, to become another user"
  : undefined;

/** Runs as a user that is not root, whom the kernel would otherwise let read all of /proc. */
const LOOK = `
  const { hideFromOwnUser } = await import(Deno.args[0]);
  const look = () => new Deno.Command("/bin/cat", { args: [\`/proc/\${Deno.pid}/environ\`] }).outputSync().success;
  const before = look();
  console.log(JSON.stringify([before, hideFromOwnUser(), look(), Deno.env.get("SECRET")]));
`;

Deno.test({
  ...skipWhen("hideFromOwnUser() closes /proc to the same user, and not to itself", notRoot),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "cc-hide-" });
    try {
      await Deno.writeTextFile(`${folder}/look.ts`, LOOK);
      const source = new URL("process_privacy.ts", import.meta.url);
      await Deno.copyFile(source, `${folder}/process_privacy.ts`);
      await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
      for (const path of ["", "/look.ts", "/process_privacy.ts", "/deno"]) {
        await Deno.chmod(folder + path, 0o755);
        await Deno.chown(folder + path, 65534, 65534);
      }
      const { stdout, stderr } = await new Deno.Command(`${folder}/deno`, {
        args: ["run", "-A", "--no-config", "--no-lock", `${folder}/look.ts`]
          .concat(`file://${folder}/process_privacy.ts`),
        env: { SECRET: "for me", HOME: folder, DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
        clearEnv: true,
        cwd: folder,
        uid: 65534,
        gid: 65534,
      }).output();
      const said = new TextDecoder().decode(stdout);
      assertEquals(
        said && JSON.parse(said),
        [true, true, false, "for me"],
        new TextDecoder().decode(stderr),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
