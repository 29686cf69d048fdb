import { ExitError } from "../exit_status.ts";

export const SYSTEMD_UNIT = "chatcode-gateway.service";
export const LAUNCHD_LABEL = "dev.chatcode.gateway";

/** Restarts the installed service, and does not wait for it. @throws ExitError failure */
export async function restartService(): Promise<void> {
  const [program, ...args] = Deno.build.os === "darwin"
    ? ["launchctl", "kickstart", "-k", `gui/${Deno.uid()}/${LAUNCHD_LABEL}`]
    : ["systemctl", "restart", "--no-block", SYSTEMD_UNIT];
  const { success, stderr } = await new Deno.Command(program ?? "", { args, stdin: "null" })
    .output();
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new ExitError("failure", `Cannot restart the gateway's service: ${why}`);
}
