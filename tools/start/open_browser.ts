import { findProgram, type Machine, run } from "../machine.ts";

/** Opens `url` in the person's browser, where there is a screen to open it on. Never throws. */
export async function openBrowser(machine: Machine, url: string): Promise<boolean> {
  const screen = machine.os === "darwin" || machine.env.DISPLAY || machine.env.WAYLAND_DISPLAY;
  if (!screen) return false;
  const opener = await findProgram(machine, machine.os === "darwin" ? "open" : "xdg-open");
  return opener !== undefined && (await run(machine, [opener, url], 10_000)).ok;
}
